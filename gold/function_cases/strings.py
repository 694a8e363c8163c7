"""Text: searching, cutting, padding, formatting, encodings and regular expressions."""

from function_cases.settings import NO_ANSI

TEXTS = "VALUES ('Spark SQL'), ('  two  spaces '), ('été 東京'), ('🧱a'), ('ß İ'), (''), (NULL) AS t(s)"


def of_text(name: str) -> list:
    """A function of one text: its values, other types as text, and what it refuses."""
    return [
        f"{name}(s) FROM {TEXTS}",
        f"{name}(12), {name}(1.50), {name}(true), {name}(DATE'2024-02-29'), {name}(NULL), {name}(2.0D)",
        f"{name}(array('a'))",
        f"{name}()",
        f"F.{name}('s'), F.{name}(F.col('p')), F.{name}(F.lit('aB c'))",
    ]


def sides(name: str) -> list:
    """The functions that trim."""
    return [
        f"concat('[', {name}(s), ']') FROM {TEXTS}",
        f"concat('[', {name}('\\t x\\n '), ']'), {name}(12), {name}(X'2020412020'), {name}(NULL)",
        f"F.{name}('s'), F.{name}('s', F.lit('SL')), F.{name}(F.lit('xxaxx'), F.lit('x'))",
        f"{name}(array('a'))",
    ]


def padded(name: str) -> list:
    return [
        f"{name}(s, 5, '*'), {name}(s, 5), {name}(s, 3, 'ab') FROM {TEXTS}",
        f"{name}('hi', 0, 'x'), {name}('hi', -3, 'x'), {name}('hi', 5, ''), {name}('hi', 7, 'éç'), {name}('hi', NULL, 'x'), {name}('hi', 5, NULL), {name}(12, 4, 0)",
        f"hex({name}(X'41', 3, X'42')), hex({name}(X'4142', 4)), hex({name}(X'4142', 1))",
        f"{name}('a', 'x', 'y')",
        f"{name}('a')",
        f"F.{name}('s', 12, '#'), F.{name}('s', F.lit(3), F.lit('-'))",
    ]


CASES = {
    **{name: of_text(name) for name in ("ascii", "bit_length", "char_length", "initcap", "lcase", "length")},
    **{name: of_text(name) for name in ("lower", "octet_length", "ucase", "upper")},
    "base64": [
        "base64(s) FROM VALUES ('Spark SQL'), ('a'), ('été'), (''), (NULL) AS t(s)",
        "base64(X'00FF'), base64(repeat('x', 60))",
        "base64(12)",
        "base64(array(1))",
        "F.base64('s'), F.base64('k')",
    ],
    "btrim": [
        *sides("btrim"),
        "btrim('xyabcyx', 'xy'), btrim('abc', ''), btrim('abc', NULL), btrim('ééaé', 'é')",
        "btrim('a', 1, 2)",
    ],
    "char": [
        "x, char(x) FROM VALUES (65), (0), (-1), (256), (233), (321), (NULL) AS t(x)",
        "char(65L), char('66'), char(65.9D)",
        "char('x')",
        "F.char('i'), F.char(F.lit(97))",
    ],
    "character_length": [
        "character_length(s) FROM VALUES ('été'), ('🧱'), ('a '), (NULL) AS t(s)",
        "character_length(X'00FF'), character_length(123)",
        "character_length()",
        "F.character_length('s'), F.character_length('k')",
    ],
    "collate": [
        "collate('Spark', 'UTF8_LCASE') = 'SPARK', collate('a', 'UNICODE_CI') = 'A', collate('a', 'UTF8_BINARY') = 'A', 'a' COLLATE UNICODE = 'a'",
        "collate('abc', 'UTF8_LCASE')",
        "collate('abc', 'NO_SUCH')",
        "collate(1, 'UTF8_BINARY')",
        "F.collate('s', 'UTF8_BINARY'), F.collate('s', 'UTF8_LCASE') == 'spark sql'",
    ],
    "collation": [
        "collation('abc'), collation('abc' COLLATE UTF8_LCASE), collation(CAST(NULL AS STRING))",
        "collation(1)",
        "F.collation('s'), F.collation(F.collate('s', 'UNICODE'))",
    ],
    "concat_ws": [
        "concat_ws('-', x, y) FROM VALUES ('a', 'b'), (NULL, 'b'), (NULL, NULL), ('', 'b') AS t(x, y)",
        "concat_ws(',', array('a', NULL, 'b'), 'c'), concat_ws(NULL, 'a'), concat_ws('/'), concat_ws('', 1, 2.5, true), concat_ws('x', array(), 'a'), concat_ws('é', array('a', 'b'))",
        "concat_ws()",
        "concat_ws(',', array(1, 2))",
        "F.concat_ws('|', 's', 'p', F.lit('z'))",
    ],
    "contains": [
        "contains(s, 'ar'), contains(s, ''), contains(s, NULL) FROM VALUES ('spark'), ('SPARK'), (''), (NULL) AS t(s)",
        "contains('été', 'té'), contains(X'414243', X'42'), contains(123, 2), contains('a%', '%')",
        "contains('a', X'61')",
        "contains('a')",
        "F.contains('s', F.lit('SQL')), F.contains('s', 'p'), F.col('s').contains('a')",
    ],
    "decode": [
        "decode(X'C3A974', 'UTF-8'), decode(X'00610062', 'UTF-16BE'), decode(X'61', 'US-ASCII'), decode(X'E9', 'ISO-8859-1'), decode(NULL, 'UTF-8'), decode(X'61', NULL)",
        "decode(x, 1, 'one', 2, 'two', 'other'), decode(x, NULL, 'null', 1, 'one') FROM VALUES (1), (2), (3), (NULL) AS t(x)",
        "decode(X'E9', 'UTF-8')",
        "decode(X'61', 'NO-SUCH')",
        "decode(X'61')",
        "F.decode('k', 'ISO-8859-1'), F.decode(F.lit(b'abc'), 'UTF-8')",
    ],
    "elt": [
        "elt(i, 'a', 'b') FROM VALUES (1), (2), (NULL) AS t(i)",
        "elt(1, 'a', NULL), elt(2, 'a', NULL), elt(1, 2, 3), elt(2, 'a', 1), elt(1, X'41', X'42')",
        "elt(3, 'a', 'b')",
        "elt(0, 'a', 'b')",
        ("elt(3, 'a', 'b'), elt(0, 'a')", NO_ANSI),
        "elt('x', 'a')",
        "elt(1)",
        "F.elt(F.lit(2), 's', 'p')",
    ],
    "encode": [
        "encode('été', 'UTF-8'), encode('ab', 'UTF-16BE'), encode('ab', 'UTF-16'), encode('ab', 'UTF-16LE'), encode('é', 'ISO-8859-1'), encode(NULL, 'UTF-8'), encode('a', NULL), encode('', 'utf-8')",
        "encode('é', 'US-ASCII')",
        "encode('a', 'WINDOWS-9')",
        "encode(12, 'UTF-8')",
        "F.encode('s', 'UTF-8'), F.encode(F.lit('é'), 'UTF-16BE')",
    ],
    "endswith": [
        "endswith(s, 'k'), endswith(s, '') FROM VALUES ('spark'), ('K'), (''), (NULL) AS t(s)",
        "endswith(X'4142', X'42'), endswith('京東', '東'), endswith(12, 2), endswith('a', NULL)",
        "endswith('a')",
        "F.endswith('s', F.lit('SQL')), F.col('s').endswith('京')",
    ],
    "find_in_set": [
        "find_in_set(s, 'abc,b,ab,,c') FROM VALUES ('ab'), ('b'), ('x'), (''), ('a,b'), (NULL) AS t(s)",
        "find_in_set('a', ''), find_in_set('', ''), find_in_set('a', NULL), find_in_set(2, '1,2')",
        "find_in_set('a')",
        "F.find_in_set(F.lit('b'), 'p'), F.find_in_set('s', 'p')",
    ],
    "format_number": [
        "format_number(x, 2), format_number(x, 0) FROM VALUES (1234567.891D), (-0.5D), (0.5D), (1.5D), (2.5D), (0D), (1e15D), (double('NaN')), (double('Infinity')), (NULL) AS t(x)",
        "format_number(1234567, 1), format_number(12.345BD, 2), format_number(12.355BD, 2), format_number(1e20D, 3), format_number(5L, 0), format_number(1, -1), format_number(1, NULL), format_number(1.5F, 3), format_number(-1234.5, 0)",
        "format_number(12332.123456, '##################.###'), format_number(1234.5D, '0,000.00'), format_number(0.5D, '#.##%'), format_number(5, '')",
        "format_number('12', 1)",
        "format_number('x', 1)",
        "F.format_number('x', 4), F.format_number('n', 0), F.format_number('c', 1)",
    ],
    "format_string": [
        "format_string('%s is %d years, %.2f, %5d|%-5s|%05d|%x|%b|%%', 'Ada', 36, 1.5D, 7, 'ab', 42, 255, true)",
        "format_string('%s %s', NULL, array(1, 2)), format_string('plain'), format_string(NULL, 1), format_string('%2$s %1$s', 'a', 'b'), format_string('%,d', 1234567), format_string('%e', 12345.678D), format_string('%+d', 5), format_string('%X', 255L), format_string('%s', 1.50), format_string('%10.3f|', 3.14159D), format_string('%o', 8)",
        "format_string('%d', 'a')",
        "format_string('%d %d', 1)",
        "format_string('%q', 1)",
        "format_string()",
        "format_string('%0$s', 'a')",
        "F.format_string('%s:%d', 's', 'i'), F.format_string('%5.1f', 'x')",
    ],
    "instr": [
        "instr(s, 'a'), instr(s, ''), instr(s, NULL) FROM VALUES ('spark'), ('banana'), (''), (NULL) AS t(s)",
        "instr('été東京', '東'), instr('aaa', 'aa'), instr(1234, 3), instr('abc', 'C')",
        "instr('a')",
        "F.instr('s', 'SQL'), F.instr('s', F.col('p'))",
    ],
    "is_valid_utf8": [
        "is_valid_utf8('été'), is_valid_utf8(''), is_valid_utf8(NULL), is_valid_utf8(x'80'), is_valid_utf8(x'C3A9'), is_valid_utf8(x'61C262'), is_valid_utf8(CAST(x'F09F' AS STRING))",
        "is_valid_utf8(1)",
        "F.is_valid_utf8('s'), F.is_valid_utf8(F.col('p'))",
    ],
    "left": [
        "left(s, 3), left(s, 0), left(s, -1), left(s, 100) FROM VALUES ('Spark'), ('été'), ('🧱ab'), (''), (NULL) AS t(s)",
        "left('abc', NULL), left(12345, 2), hex(left(X'414243', 2)), left('abc', '2')",
        "left('abc', 'x')",
        "left(array(1), 1)",
        "F.left('s', F.lit(2)), F.left('s', 'i')",
    ],
    "levenshtein": [
        "levenshtein(x, y), levenshtein(x, y, 2) FROM VALUES ('kitten', 'sitting'), ('', 'abc'), ('été', 'ete'), ('same', 'same'), (NULL, 'a'), ('a', NULL) AS t(x, y)",
        "levenshtein('a', 'b', 0), levenshtein('a', 'b', -1), levenshtein('kitten', 'sitting', 3), levenshtein(12, 13), levenshtein('a', 'b', NULL)",
        "levenshtein('a')",
        "F.levenshtein('s', 'p'), F.levenshtein('s', 'p', 3)",
    ],
    "locate": [
        "locate('a', s), locate('a', s, 3), locate('', s), locate('', s, 2), locate('a', s, 0), locate('a', s, -1), locate('a', s, 99) FROM VALUES ('banana'), ('été a'), (''), (NULL) AS t(s)",
        "locate(NULL, 'a'), locate('a', 'a', NULL), locate('京', '東京', 1)",
        "locate('a')",
        "F.locate('SQL', 's'), F.locate('a', 's', 4)",
    ],
    "lpad": padded("lpad"),
    "ltrim": [
        *sides("ltrim"),
        "ltrim('xy', 'xyab'), ltrim('', 'a'), ltrim(NULL, 'a'), trim(LEADING 'x' FROM 'xxaxx'), trim(LEADING FROM '  a ')",
    ],
    "make_valid_utf8": [
        "make_valid_utf8('été'), make_valid_utf8(''), make_valid_utf8(NULL), make_valid_utf8(x'61'), make_valid_utf8(x'80'), make_valid_utf8(x'61C262')",
        "make_valid_utf8(12)",
        "F.make_valid_utf8('s'), F.make_valid_utf8('p')",
    ],
    "mask": [
        "mask(s) FROM VALUES ('AbCD123-@$#'), ('été東'), (''), (NULL) AS t(s)",
        "mask('AbCD123-@$#', 'Q'), mask('AbCD123-@$#', 'Q', 'q'), mask('AbCD123-@$#', 'Q', 'q', 'd'), mask('AbCD123-@$#', 'Q', 'q', 'd', 'o'), mask('AbCD123-@$#', NULL, 'q', NULL, 'o'), mask('A1', digitChar => '9')",
        "mask('a', 'xx')",
        "mask(1)",
        "mask('a', upperChar => 1)",
        "F.mask('s'), F.mask('s', F.lit('U'), F.lit('l'), F.lit('d'), F.lit('o'))",
    ],
    "overlay": [
        "overlay(s PLACING '_' FROM 3), overlay(s PLACING 'CORE' FROM 7), overlay(s, 'x', 2, 0), overlay(s, 'xyz', 2, 4) FROM VALUES ('Spark SQL'), ('été'), (''), (NULL) AS t(s)",
        "overlay('abc', 'x', 0), overlay('abc', 'x', -1), overlay('abc', 'x', 10), overlay('abc', NULL, 1), overlay('abc', 'x', NULL), hex(overlay(X'414243', X'FF', 2)), overlay(123, 9, 2)",
        "overlay('a', X'41', 1)",
        "overlay('a', 'b')",
        "F.overlay('s', F.lit('_'), 2), F.overlay('s', 'p', 1, 3), F.overlay('s', 'p', F.lit(2), F.lit(0))",
    ],
    "position": [
        "position('a', s), position('a', s, 3), position('a' IN s) FROM VALUES ('banana'), (''), (NULL) AS t(s)",
        "position('', 'abc'), position(NULL, 'a'), position(2, 1234)",
        "position('a')",
        "F.position(F.lit('S'), 's'), F.position(F.lit('S'), 's', F.lit(2))",
    ],
    "printf": [
        "printf('%s-%03d', s, 7) FROM VALUES ('a'), (''), (NULL) AS t(s)",
        "printf('Hello'), printf('%s', DATE'2024-02-29'), printf('%s', true), printf('%5s|%-5s|', 'a', 'b')",
        "printf('%d', 1.5D)",
        "F.printf(F.lit('%s %d'), 's', 'i')",
    ],
    "quote": [
        r"quote(s) FROM VALUES ('Don\'t'), ('plain'), ('a\\b'), (''), ('\''), (NULL) AS t(s)",
        "quote(12)",
        "quote()",
        "F.quote('s'), F.quote(F.lit(\"it's\"))",
    ],
    "randstr": [
        "randstr(5, 0), randstr(10, 42), randstr(0, 1), length(randstr(7)), randstr(3S, 5)",
        "id, randstr(4, 9) FROM range(0, 3, 1, 1)",
        "randstr(-1, 0)",
        "randstr(id) FROM range(1)",
        "randstr('x')",
        "spark.range(0, 2, 1, 1).select(F.randstr(6, 3), F.length(F.randstr(F.lit(4))))",
    ],
    "regexp_count": [
        r"regexp_count(s, 'a'), regexp_count(s, ''), regexp_count(s, '[0-9]+'), regexp_count(s, NULL) FROM VALUES ('banana'), ('a1b22'), (''), (NULL) AS t(s)",
        "regexp_count('aaa', 'aa'), regexp_count('Aa', '(?i)a'), regexp_count(1213, 1)",
        "regexp_count('a', '(')",
        "F.regexp_count('s', F.lit('[a-z]')), F.regexp_count('s', 'p')",
    ],
    "regexp_extract": [
        r"regexp_extract(s, '(\\d+)-(\\d+)', 1), regexp_extract(s, '(\\d+)-(\\d+)', 2), regexp_extract(s, '(\\d+)-(\\d+)', 0), regexp_extract(s, '(\\d+)-(\\d+)') FROM VALUES ('100-200'), ('x 7-8 9-10'), ('abc'), (''), (NULL) AS t(s)",
        "regexp_extract('ab', '(a)|(c)', 2), regexp_extract('été', 't(.)', 1), regexp_extract('a', NULL, 0), regexp_extract('foo bar', '(?<word>b\\\\w+)', 1)",
        "regexp_extract('abc', '(a)', 2)",
        "regexp_extract('abc', '(a)', -1)",
        "regexp_extract('abc', '(', 0)",
        r"F.regexp_extract('s', r'(\w+) (\w+)', 2), F.regexp_extract('p', '(b)', 1)",
    ],
    "regexp_extract_all": [
        r"regexp_extract_all(s, '(\\d+)-(\\d+)', 1), regexp_extract_all(s, '(\\d+)-(\\d+)'), regexp_extract_all(s, '\\d+', 0) FROM VALUES ('100-200, 300-400'), ('abc'), (''), (NULL) AS t(s)",
        "regexp_extract_all('ab', '(a)|(b)', 2), regexp_extract_all('a', NULL, 0), regexp_extract_all('aab', '', 0)",
        "regexp_extract_all('abc', '(a)', 5)",
        "regexp_extract_all('abc', '[', 0)",
        r"F.regexp_extract_all('s', F.lit(r'(\w)a'), 1), F.regexp_extract_all('s', F.lit('[a-z]+'), F.lit(0)), F.regexp_extract_all('p', F.lit('(b)'))",
    ],
    "regexp_instr": [
        r"regexp_instr(s, '\\d+'), regexp_instr(s, 'b', 1), regexp_instr(s, '') FROM VALUES ('a1b22'), ('éb1'), (''), (NULL) AS t(s)",
        "regexp_instr('abc', 'z'), regexp_instr('abc', NULL), regexp_instr('abc', '(b)(c)', 2)",
        "regexp_instr('a', '*')",
        "F.regexp_instr('s', F.lit('SQL')), F.regexp_instr('s', F.lit('(S)Q'), 1)",
    ],
    "regexp_replace": [
        r"regexp_replace(s, '(\\d+)', 'num'), regexp_replace(s, '(\\d)', '<$1>'), regexp_replace(s, 'b', ''), regexp_replace(s, '', '-') FROM VALUES ('100-200'), ('abé'), (''), (NULL) AS t(s)",
        r"regexp_replace('aXbXc', 'X', '_', 3), regexp_replace('abc', '(a)(b)', '$2$1'), regexp_replace('a.b', '\\.', '\\$'), regexp_replace('abc', NULL, 'x'), regexp_replace('abc', 'b', NULL), regexp_replace('a\nb', '^', '> '), regexp_replace('aaa', 'a*?', 'x')",
        "regexp_replace('abc', 'b', '$5')",
        "regexp_replace('abc', '(', 'x')",
        "regexp_replace('abc', 'b', 'x', 0)",
        r"F.regexp_replace('s', r'(\w)', '$1.'), F.regexp_replace('s', F.lit('[aeiou]'), F.lit('*')), F.regexp_replace('s', F.col('p'), F.lit('#'))",
    ],
    "regexp_substr": [
        r"regexp_substr(s, '\\d+'), regexp_substr(s, '') FROM VALUES ('a1b22'), ('abc'), (''), (NULL) AS t(s)",
        "regexp_substr('abc', NULL), regexp_substr('Steven Jones', 'Ste(v|ph)en'), regexp_substr('AbC', '(?i)bc')",
        "regexp_substr('a', '[')",
        "F.regexp_substr('s', F.lit('[A-Z]{2,}')), F.regexp_substr('s', 'p')",
    ],
    "repeat": [
        "repeat(s, 2), repeat(s, 0), repeat(s, -1), repeat(s, 1) FROM VALUES ('ab'), ('é'), (''), (NULL) AS t(s)",
        "repeat('a', NULL), repeat(12, 2), repeat('a', '3'), repeat('ab', n) FROM VALUES (2), (NULL) AS t(n)",
        "repeat('a', 'x')",
        "F.repeat('s', 2), F.repeat('s', F.lit(0)), F.repeat(F.lit('-'), 'i')",
    ],
    "replace": [
        "replace(s, 'a', 'xy'), replace(s, 'a'), replace(s, '', 'z'), replace(s, 'A', 'b') FROM VALUES ('banana'), ('été a'), (''), (NULL) AS t(s)",
        "replace('abc', NULL, 'x'), replace('abc', 'b', NULL), replace(1213, 1, 0), replace('aaa', 'aa', 'b')",
        "replace('a')",
        "F.replace('s', F.lit('S')), F.replace('s', F.lit('S'), F.lit('Z')), F.replace('s', 'p', F.lit('!'))",
    ],
    "right": [
        "right(s, 3), right(s, 0), right(s, -1), right(s, 100) FROM VALUES ('Spark'), ('été'), ('ab🧱'), (''), (NULL) AS t(s)",
        "right('abc', NULL), right(12345, 2), right('abc', '2')",
        "right('abc', 'x')",
        "F.right('s', F.lit(2)), F.right('s', 'i')",
    ],
    "rpad": padded("rpad"),
    "rtrim": [
        *sides("rtrim"),
        "rtrim('xy', 'abxy'), rtrim('', 'a'), rtrim(NULL, 'a'), trim(TRAILING 'x' FROM 'xxaxx'), trim(TRAILING FROM '  a ')",
    ],
    "sentences": [
        "sentences(s) FROM VALUES ('Hi there! Good morning.'), ('One'), ('été, 東京. Was? Ja'), (''), (NULL) AS t(s)",
        "sentences('Hi there! Good morning.', 'en'), sentences('Hi there! Good morning.', 'en', 'US'), sentences('A. B', NULL, NULL)",
        "sentences(array('a'))",
        "F.sentences('s'), F.sentences('s', F.lit('en')), F.sentences('s', F.lit('en'), F.lit('US'))",
    ],
    "soundex": [
        f"soundex(s) FROM {TEXTS}",
        "soundex('Miller'), soundex('Robert'), soundex('Ashcraft'), soundex('1a'), soundex(NULL), soundex('a')",
        "soundex(12)",
        "F.soundex('s'), F.soundex(F.lit('Peterson'))",
    ],
    "split": [
        "split(s, ','), split(s, ',', 2), split(s, ',', -1), split(s, ',', 0), split(s, ''), split(s, ',', 1) FROM VALUES ('a,b,,c,,'), ('été'), (''), (NULL) AS t(s)",
        r"split('oneAtwoBthree', '[ABC]'), split('a.b', '\\.'), split('a1b22c', '\\d+'), split('a|b', '|'), split('ab', NULL), split(123, 2), split('aXbxc', '(?i)x'), split('one', ''), split('a,b,c', ',', 99)",
        "split('a', '(')",
        "split('a')",
        "F.split('p', ','), F.split('p', ',', 2), F.split('s', F.lit(' '), F.lit(-1)), F.split('s', 'p')",
    ],
    "split_part": [
        "split_part(s, '.', 1), split_part(s, '.', 3), split_part(s, '.', 5), split_part(s, '.', -1), split_part(s, '', 1) FROM VALUES ('11.12.13'), ('a'), (''), (NULL) AS t(s)",
        "split_part('a,b', NULL, 1), split_part('a,b', ',', NULL), split_part('aXXb', 'XX', 2), split_part(1.5, '.', 2)",
        "split_part('a', ',', 0)",
        "F.split_part('p', F.lit(','), F.lit(2)), F.split_part('s', F.lit(' '), F.lit(-1))",
    ],
    "startswith": [
        "startswith(s, 'S'), startswith(s, '') FROM VALUES ('Spark'), ('spark'), (''), (NULL) AS t(s)",
        "startswith(X'4142', X'41'), startswith('京東', '京'), startswith(12, 1), startswith('a', NULL)",
        "startswith(array(1), 'a')",
        "F.startswith('s', F.lit('Sp')), F.col('s').startswith('é')",
    ],
    "substr": [
        "substr(s, 2), substr(s, 2, 3), substr(s, -3), substr(s, -3, 2), substr(s, 0, 2), substr(s, 1, 0), substr(s, 1, -1), substr(s, 99) FROM VALUES ('Spark SQL'), ('été🧱x'), (''), (NULL) AS t(s)",
        "substr('abc', NULL), substr(12345, 2, 2), hex(substr(X'414243', 2)), substr('abc' FROM 2), substr('abc' FROM 1 FOR 2), substr('abc', '2')",
        "substr('abc')",
        "substr('abc', 'x')",
        "F.substr('s', F.lit(2)), F.substr('s', F.lit(-3), F.lit(2)), F.col('s').substr(1, 2)",
    ],
    "substring": [
        "substring(s, 2), substring(s, 2, 3), substring(s, -3, 2), substring(s, -10, 4), substring(s, 0, 2), substring(s, 5, 2147483647) FROM VALUES ('Spark SQL'), ('été🧱x'), (''), (NULL) AS t(s)",
        "hex(substring(X'41424344', -2, 1)), substring('abc', 2, NULL), substring('abc' FROM -2 FOR 1), substring(true, 1, 2)",
        "substring(array(1), 1, 1)",
        "F.substring('s', 2, 3), F.substring('s', F.lit(-2), F.lit(2)), F.substring('s', 'i', 2)",
    ],
    "substring_index": [
        "substring_index(s, '.', 2), substring_index(s, '.', -2), substring_index(s, '.', 0), substring_index(s, '.', 9), substring_index(s, '', 1) FROM VALUES ('www.apache.org'), ('none'), (''), (NULL) AS t(s)",
        "substring_index('aXXbXXc', 'XX', 1), substring_index('aaaa', 'aa', 2), substring_index('aaaa', 'aa', -1), substring_index('a.b', NULL, 1), substring_index('a.b', '.', NULL), substring_index('東.京', '.', -1)",
        "substring_index('a', 'b')",
        "F.substring_index('p', ',', 2), F.substring_index('s', ' ', -1)",
    ],
    "to_binary": [
        "to_binary('abc', 'utf-8'), to_binary('4142', 'hex'), to_binary('414'), to_binary('YWI=', 'base64'), to_binary('é', 'UTF8'), to_binary(NULL), to_binary('', 'hex'), to_binary('ab', NULL)",
        "to_binary('GG', 'hex')",
        "to_binary('!', 'base64')",
        "to_binary('a', 'rot13')",
        "F.to_binary(F.lit('4142')), F.to_binary('s', F.lit('utf-8'))",
    ],
    "to_char": [
        "to_char(x, '999,999.99'), to_char(x, '000000.0'), to_char(x, '$99999.9'), to_char(x, 'S99999.99'), to_char(x, '99999.99MI'), to_char(x, '99999.99PR') FROM VALUES (1234.56), (-12.5), (0), (NULL) AS t(x)",
        "to_char(454, '999'), to_char(454.00, '000D00'), to_char(12454, '99G999'), to_char(78.12, '$99.99'), to_char(12454.8, '99,999.9S'), to_char(123456, '999'), to_char(1.5D, '9.9'), to_char('12', '99')",
        "to_char(DATE'2024-02-29', 'yyyy/MM/dd'), to_char(TIMESTAMP'2024-02-29 12:34:56', 'HH:mm'), to_char(X'4142', 'hex'), to_char(X'4142', 'base64'), to_char(encode('é', 'utf-8'), 'utf-8'), to_char(NULL, '9')",
        "to_char(1, 'x')",
        "to_char(X'41', 'rot13')",
        "to_char(1)",
        "F.to_char('c', F.lit('999.99')), F.to_char('d', F.lit('yyyy')), F.to_char('i', F.lit('S9'))",
    ],
    "to_number": [
        "to_number('454', '999'), to_number('454.00', '000.00'), to_number('12,454', '99,999'), to_number('$78.12', '$99.99'), to_number('12,454.8-', '99,999.9S'), to_number('-5', 'S9'), to_number('<5>', '9PR'), to_number(NULL, '9'), to_number('007', '000')",
        "to_number('x', '999')",
        "to_number('1234', '999')",
        "to_number('1', 'bad')",
        "to_number('5', NULL)",
        "F.to_number(F.lit('$1,234.50'), F.lit('$9,999.99'))",
    ],
    "to_varchar": [
        "to_varchar(454, '999'), to_varchar(12454.8, '99,999.9S'), to_varchar(DATE'2024-02-29', 'd.M.yy'), to_varchar(X'4142', 'hex'), to_varchar(-3, '9PR')",
        "to_varchar(1, 'x')",
        "F.to_varchar('c', F.lit('$999.9')), F.to_varchar('t', F.lit('HH:mm:ss.SSS'))",
    ],
    "translate": [
        "translate(s, 'abc', '12'), translate(s, '', 'x'), translate(s, 'aa', 'xy') FROM VALUES ('aabbcc'), ('été b'), (''), (NULL) AS t(s)",
        "translate('東京', '東', '西'), translate('🧱', '🧱', 'b'), translate('abc', NULL, 'x'), translate('abc', 'a', NULL), translate(121, 1, 9)",
        "translate('a', 'b')",
        "F.translate('s', 'Sa', '5@'), F.translate('s', 'é', '')",
    ],
    "trim": [
        *sides("trim"),
        "trim('xy', 'xyaby'), trim('', 'a'), trim(NULL, 'a'), trim(BOTH 'x' FROM 'xxaxx'), trim(BOTH FROM '  a '), trim('x' FROM 'xax'), trim(NULL FROM 'a')",
    ],
    "try_to_binary": [
        "try_to_binary('abc', 'utf-8'), try_to_binary('GG', 'hex'), try_to_binary('!', 'base64'), try_to_binary('4142'), try_to_binary(NULL, 'hex')",
        "try_to_binary('a', 'rot13')",
        "F.try_to_binary('s'), F.try_to_binary('s', F.lit('utf-8'))",
    ],
    "try_to_number": [
        "try_to_number('454', '999'), try_to_number('x', '999'), try_to_number('1234', '999'), try_to_number(NULL, '9'), try_to_number('$78.12', '$99.99')",
        "try_to_number('1', 'bad')",
        "F.try_to_number('s', F.lit('999')), F.try_to_number(F.lit('1,2'), F.lit('9,9'))",
    ],
    "try_validate_utf8": [
        "try_validate_utf8('été'), try_validate_utf8(x'80'), try_validate_utf8(''), try_validate_utf8(NULL), try_validate_utf8(x'61')",
        "try_validate_utf8()",
        "F.try_validate_utf8('s')",
    ],
    "unbase64": [
        "unbase64(s) FROM VALUES ('U3Bhcms='), ('YQ=='), ('YQ'), (''), (NULL) AS t(s)",
        "decode(unbase64('w6k='), 'UTF-8'), unbase64('U3Bh\ncms=')",
        "unbase64('a')",
        "unbase64(array(1))",
        "F.unbase64(F.lit('QUI=')), F.unbase64(F.base64('s'))",
    ],
    "validate_utf8": [
        "validate_utf8('été'), validate_utf8(''), validate_utf8(NULL), validate_utf8(x'61')",
        "validate_utf8(x'80')",
        "F.validate_utf8('s')",
    ],
}
