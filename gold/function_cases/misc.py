"""Hashes, URLs, encryption, the session, bitmaps, geometry and partition transforms."""

HASHED = (
    "VALUES (1, 'Spark', 1.5D, DATE'2024-02-29', TIMESTAMP'2024-02-29 01:02:03', true, array(1, NULL)), (0, '', -0.0D, DATE'1970-01-01', "
    "TIMESTAMP'1970-01-01 00:00:00', false, array()), (NULL, NULL, NULL, NULL, NULL, NULL, NULL), (-5, 'été 東京 🧱', double('NaN'), DATE'1582-10-15', "
    "TIMESTAMP'1969-12-31 23:59:59.5', true, array(7, 8, 9)) AS t(i, s, x, d, t, f, a)"
)
URL = "'https://user:pw@spark.apache.org:8080/docs/api.html?q=a%20b&p=2#top'"
PARTS = "HOST PATH QUERY REF PROTOCOL FILE AUTHORITY USERINFO"


def hashed(name: str) -> list:
    """A hash of any values."""
    return [
        f"{name}(i), {name}(s), {name}(x), {name}(d), {name}(t), {name}(f), {name}(a), {name}(i, s, x) FROM {HASHED}",
        f"{name}(1Y), {name}(1S), {name}(1L), {name}(1.5F), {name}(1.50), {name}(X'0001FF'), {name}(NULL), {name}(struct(1, 'a')), {name}(array(array('x'))), {name}(CAST(1 AS DECIMAL(38, 4))), {name}(INTERVAL '1' DAY), {name}(0.0D), {name}(TIMESTAMP_NTZ'2024-01-01 00:00:00')",
        f"{name}('abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'), {name}('a', NULL, 'b')",
        f"{name}()",
        f"{name}(map(1, 2))",
        f"F.{name}('i'), F.{name}('s', 'x', 'd'), F.{name}(F.col('r'))",
    ]


def digest(name: str) -> list:
    """A hash of bytes."""
    return [
        f"{name}(s) FROM VALUES ('Spark'), ('été'), (''), (NULL) AS t(s)",
        f"{name}(X'00FF'), {name}(X'')",
        f"{name}(12)",
        f"{name}(array(1))",
        f"{name}()",
        f"F.{name}('s'), F.{name}('k')",
    ]


def parts_of_url(name: str) -> list:
    return [
        ", ".join(f"{name}({URL}, '{part}')" for part in PARTS.split())
        + f", {name}({URL}, 'QUERY', 'p'), {name}({URL}, 'QUERY', 'none'), {name}({URL}, 'nothing')",
        f"{name}('http://h', 'PATH'), {name}('http://h', 'QUERY'), {name}('mailto:a@b', 'HOST'), {name}('', 'HOST'), {name}(NULL, 'HOST'), {name}('http://h', NULL), {name}('/only/path?a=1', 'PATH'), {name}('http://h?a=1&b=2', 'QUERY', 'b'), {name}('http://h?a=1', 'HOST', 'a')",
        f"{name}('http://a b', 'HOST')",
        f"{name}('a')",
        f"F.{name}(F.lit({URL}), F.lit('HOST')), F.{name}(F.lit({URL}), F.lit('QUERY'), F.lit('q'))",
    ]


def reflected(name: str) -> list:
    return [
        f"{name}('java.lang.Math', 'abs', -5), {name}('java.util.UUID', 'fromString', 'a5cf6c42-0c85-418f-af6c-3e4e5b1328f2')",
        f"{name}('java.lang.Math', 'abs', CAST(NULL AS INT))",
        f"{name}('java.net.URLDecoder', 'decode', '%')",
        f"{name}('no.such.Class', 'abs')",
        f"{name}('java.lang.Math', 'nothing')",
        f"F.{name}(F.lit('java.lang.Integer'), F.lit('toHexString'), F.lit(255))",
    ]


def decrypted(name: str) -> list:
    return [
        f"CAST({name}(unhex('83F16B2AA704794132802D248E6BFD4E380078182D1544813898AC97E709B28A94'), '0000111122223333') AS STRING), CAST({name}(unhex('6E7CA17BBB468D3084B5744BCA729FB7B2B7BCB8E4472847D02670489D95FA97DBBA7D3210'), '0000111122223333', 'GCM') AS STRING), CAST({name}(unbase64('3lmwu+Mw0H3fi5NDvcu9lg=='), '1234567890abcdef', 'ECB', 'PKCS') AS STRING), {name}(NULL, '0000111122223333')",
        f"CAST({name}(aes_encrypt('Spark', 'abcdefghijklmnop12345678ABCDEFGH', 'GCM', 'DEFAULT', unhex('000000000000000000000000'), 'aad'), 'abcdefghijklmnop12345678ABCDEFGH', 'GCM', 'DEFAULT', 'aad') AS STRING)",
        f"CAST({name}(aes_encrypt('Spark', '0000111122223333', 'CBC'), '0000111122223333', 'CBC') AS STRING)",
        f"{name}(unhex('00'), '0000111122223333')",
        f"{name}(unhex('00'), 'short')",
        f"{name}(X'0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20', '0000111122223333')",
        f"F.{name}(F.unbase64(F.lit('3lmwu+Mw0H3fi5NDvcu9lg==')), F.lit('1234567890abcdef'), F.lit('ECB')).cast('string')",
    ]


CASES = {
    "hash": hashed("hash"),
    "xxhash64": hashed("xxhash64"),
    "crc32": digest("crc32"),
    "md5": digest("md5"),
    "sha": digest("sha"),
    "sha1": digest("sha1"),
    "sha2": [
        "sha2(s, 256), sha2(s, 0), sha2(s, 224), sha2(s, 384), sha2(s, 512), sha2(s, 1) FROM VALUES ('Spark'), (''), (NULL) AS t(s)",
        "sha2(X'00', 256), sha2('a', NULL), sha2('a', n) FROM VALUES (256), (7) AS t(n)",
        "sha2('a')",
        "sha2('a', 'x')",
        "F.sha2('s', 256), F.sha2('k', 512)",
        "F.sha2('s', 100)",
    ],
    "parse_url": parts_of_url("parse_url"),
    "try_parse_url": parts_of_url("try_parse_url"),
    "url_encode": [
        "url_encode(s) FROM VALUES ('https://spark.apache.org'), ('a b+c&d=é'), ('~*-._'), (''), (NULL) AS t(s)",
        "url_encode(12)",
        "url_encode(array(1))",
        "F.url_encode('s')",
    ],
    "url_decode": [
        "url_decode(s) FROM VALUES ('https%3A%2F%2Fspark.apache.org'), ('a+b%20c'), ('%C3%A9'), (''), (NULL) AS t(s)",
        "url_decode('%')",
        "url_decode('http%3A%2F%2spark.apache.org')",
        "F.url_decode(F.lit('x%21')), F.url_decode('p')",
    ],
    "try_url_decode": [
        "try_url_decode(s) FROM VALUES ('a%20b'), ('%'), ('%zz'), (NULL) AS t(s)",
        "try_url_decode(1, 2)",
        "F.try_url_decode(F.lit('%2')), F.try_url_decode('s')",
    ],
    "aes_encrypt": [
        "base64(aes_encrypt('Apache Spark', '1234567890abcdef', 'ECB', 'DEFAULT')), base64(aes_encrypt('Spark', 'abcdefghijklmnop12345678ABCDEFGH', 'CBC', 'PKCS', unhex('00000000000000000000000000000000'))), base64(aes_encrypt('Spark', 'abcdefghijklmnop12345678ABCDEFGH', 'GCM', 'DEFAULT', unhex('000000000000000000000000'), 'This is an AAD mixed into the input')), aes_encrypt(NULL, '1234567890abcdef')",
        "length(aes_encrypt('Spark', '0000111122223333')), length(aes_encrypt('Spark', 'abcdefghijklmnop12345678', 'CBC')), length(aes_encrypt('', '0000111122223333', 'ECB'))",
        "aes_encrypt('a', 'short')",
        "aes_encrypt('a', '0000111122223333', 'XYZ')",
        "aes_encrypt('a', '0000111122223333', 'GCM', 'PKCS')",
        "aes_encrypt('a', '0000111122223333', 'ECB', 'DEFAULT', X'00')",
        "aes_encrypt('a', '0000111122223333', 'CBC', 'DEFAULT', X'00')",
        "F.base64(F.aes_encrypt('s', F.lit('0000111122223333'), F.lit('ECB')))",
    ],
    "aes_decrypt": decrypted("aes_decrypt"),
    "try_aes_decrypt": decrypted("try_aes_decrypt"),
    "assert_true": [
        "assert_true(x > 0) FROM VALUES (1), (2) AS t(x)",
        "assert_true(false)",
        "assert_true(NULL)",
        "assert_true(1 > 2, 'not so')",
        "assert_true(1)",
        "F.assert_true(F.lit(1) < 2), F.assert_true(F.lit(True), 'fine')",
        "F.assert_true(F.col('f'), 'a row fails')",
    ],
    "raise_error": [
        "raise_error('stop')",
        "raise_error(NULL)",
        "if(x > 1, raise_error('big'), x) FROM VALUES (1) AS t(x)",
        "raise_error('USER_RAISED_EXCEPTION', map('errorMessage', 'mine'))",
        "raise_error(array(1))",
        "F.raise_error('here')",
        "F.raise_error(F.col('s'))",
    ],
    "bitmap_bit_position": [
        "x, bitmap_bit_position(x) FROM VALUES (1L), (0L), (123L), (32768L), (32769L), (-1L), (-32768L), (NULL) AS t(x)",
        "bitmap_bit_position('5'), bitmap_bit_position(5Y)",
        "bitmap_bit_position('a')",
        "F.bitmap_bit_position('n'), F.bitmap_bit_position(F.lit(123))",
    ],
    "bitmap_bucket_number": [
        "x, bitmap_bucket_number(x) FROM VALUES (1L), (0L), (123L), (32768L), (32769L), (-1L), (-32769L), (NULL) AS t(x)",
        "bitmap_bucket_number('a')",
        "F.bitmap_bucket_number('n'), F.bitmap_bucket_number(F.lit(65537))",
    ],
    "bitmap_count": [
        "bitmap_count(x) FROM VALUES (X'1010'), (X'FFFF'), (X''), (NULL) AS t(x)",
        "bitmap_count(1)",
        "F.bitmap_count('k'), F.bitmap_count(F.lit(b'\\x07'))",
    ],
    "current_catalog": [
        "current_catalog() IS NOT NULL, typeof(current_catalog())",
        "current_catalog(1)",
        "F.current_catalog().isNotNull()",
    ],
    "current_database": ["current_database()", "current_database(1)", "F.current_database()"],
    "current_schema": ["current_schema()", "current_schema(1)", "F.current_schema()"],
    "current_path": [
        "typeof(current_path()), current_path() IS NOT NULL",
        "current_path(1)",
        "F.current_path().isNotNull()",
    ],
    "current_user": [
        "current_user() = user(), current_user = session_user(), typeof(current_user())",
        "current_user(1)",
        "F.current_user().isNull(), F.length(F.current_user()) > 0",
    ],
    "session_user": [
        "session_user() = current_user(), typeof(session_user())",
        "session_user(1)",
        "F.session_user().isNull()",
    ],
    "user": ["user() = current_user(), typeof(user())", "user(1)", "F.user().isNull()"],
    "version": ["version() LIKE '4.2%', typeof(version())", "version(1)", "F.version().startswith('4.2')"],
    "typeof": [
        "typeof(1), typeof(1L), typeof(1.50), typeof('x'), typeof(NULL), typeof(array(1)), typeof(map('a', 1.5D)), typeof(named_struct('a', 1, 'b c', array(true))), typeof(DATE'2024-01-01'), typeof(X'00'), typeof(1Y), typeof(1S), typeof(1F)",
        "typeof(INTERVAL '1' DAY), typeof(INTERVAL '1' HOUR), typeof(INTERVAL '1-2' YEAR TO MONTH), typeof(TIMESTAMP'2024-01-01 00:00:00'), typeof(TIMESTAMP_NTZ'2024-01-01 00:00:00'), typeof(CAST(1 AS DECIMAL(20, 3))), typeof(struct(1)), typeof(array()), typeof(1 / 2), typeof(1 + 1L)",
        "typeof()",
        "F.typeof('i'), F.typeof('r'), F.typeof('m'), F.typeof(F.col('c'))",
    ],
    "input_file_name": [
        "input_file_name()",
        "input_file_name(1)",
        "F.input_file_name()",
        "spark.read.csv(f'{gold_data}/people.csv', header=True).select(F.input_file_name().endswith('people.csv')).distinct()",
    ],
    "input_file_block_start": [
        "input_file_block_start()",
        "F.input_file_block_start()",
        "spark.read.text(f'{gold_data}/people.csv').select(F.input_file_block_start()).distinct()",
    ],
    "input_file_block_length": [
        "input_file_block_length()",
        "F.input_file_block_length()",
        "spark.read.text(f'{gold_data}/people.csv').select(F.input_file_block_length() > 0).distinct()",
    ],
    "java_method": reflected("java_method"),
    "reflect": reflected("reflect"),
    "try_reflect": reflected("try_reflect"),
    "monotonically_increasing_id": [
        "id, monotonically_increasing_id() m FROM range(0, 3, 1, 1)",
        "monotonically_increasing_id(1)",
        "spark.range(0, 3, 1, 1).select(F.monotonically_increasing_id())",
        "spark.range(0, 4, 1, 2).select(F.monotonically_increasing_id())",
    ],
    "spark_partition_id": [
        "spark_partition_id() FROM range(0, 2, 1, 1)",
        "spark_partition_id(1)",
        "F.spark_partition_id()",
        "spark.range(0, 4, 1, 2).select('id', F.spark_partition_id())",
    ],
    "years": ["F.years('d')", "spark.range(1).select(F.years(F.lit(1)))", "years(DATE'2024-01-01')"],
    "months": ["F.months('d')", "months(DATE'2024-01-01')"],
    "days": ["F.days('d')", "days(DATE'2024-01-01')"],
    "hours": ["F.hours('t')", "hours(TIMESTAMP'2024-01-01 00:00:00')"],
    "bucket": ["F.bucket(4, 'i')", "bucket(4, 1)"],
    "st_asbinary": [
        "hex(st_asbinary(st_geogfromwkb(X'0101000000000000000000F03F0000000000000040'))), hex(st_asbinary(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'))), st_asbinary(NULL)",
        "hex(st_asbinary(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'), 'XDR'))",
        "st_asbinary(X'01')",
        "F.hex(F.st_asbinary(F.st_geogfromwkb(F.unhex(F.lit('0101000000000000000000F03F0000000000000040')))))",
    ],
    "st_geogfromwkb": [
        "typeof(st_geogfromwkb(X'0101000000000000000000F03F0000000000000040')), st_srid(st_geogfromwkb(X'0101000000000000000000F03F0000000000000040')), st_geogfromwkb(NULL) IS NULL",
        "st_geogfromwkb(X'00')",
        "st_geogfromwkb(1)",
        "F.st_srid(F.st_geogfromwkb(F.unhex(F.lit('0101000000000000000000F03F0000000000000040'))))",
    ],
    "st_geomfromwkb": [
        "typeof(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040')), st_srid(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040', 4326)), st_geomfromwkb(NULL) IS NULL",
        "st_geomfromwkb(X'00')",
        "F.st_srid(F.st_geomfromwkb(F.unhex(F.lit('0101000000000000000000F03F0000000000000040')))), F.st_srid(F.st_geomfromwkb(F.unhex(F.lit('0101000000000000000000F03F0000000000000040')), 3857))",
    ],
    "st_setsrid": [
        "st_srid(st_setsrid(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'), 3857)), st_setsrid(NULL, 4326) IS NULL",
        "st_setsrid(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'), -9)",
        "F.st_srid(F.st_setsrid(F.st_geomfromwkb(F.unhex(F.lit('0101000000000000000000F03F0000000000000040'))), 4326))",
    ],
    "st_srid": [
        "st_srid(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040')), st_srid(NULL)",
        "st_srid(1)",
        "F.st_srid(F.st_geogfromwkb(F.unhex(F.lit('0101000000000000000000F03F0000000000000040'))))",
    ],
    "unwrap_udt": [
        "F.unwrap_udt('i')",
        "from pyspark.ml.linalg import Vectors\nspark.createDataFrame([(Vectors.dense([1.0, 2.0]),)], ['v']).select(F.unwrap_udt('v'))",
    ],
}
