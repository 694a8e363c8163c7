//! Failures of analysis under Spark's conditions, and DataFusion's errors as failures.

use crate::session::Place;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_functions::types::sql_name;
use brickyard_spec::ObjectName;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use std::collections::HashSet;

fn analysis(class: &str, sql_state: &str) -> Condition {
    Condition::new(class, sql_state, SparkException::Analysis)
}

/// A name as Spark quotes it in messages.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn quoted_parts(parts: &[String]) -> String {
    parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".")
}

/// An expression or a type in messages: in double quotes.
fn in_quotes(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

pub(crate) fn syntax(error: &str, message: String) -> Failure {
    let condition = Condition::new("PARSE_SYNTAX_ERROR", "42601", SparkException::Parse);
    Failure::new(&codes::sql::SYNTAX, message).with_condition(condition.with("error", error).with("hint", ""))
}

pub(crate) fn invalid_typed_literal(data_type: &str, value: &str) -> Failure {
    let condition = Condition::new("INVALID_TYPED_LITERAL", "42604", SparkException::Parse)
        .with("valueType", in_quotes(data_type))
        .with("value", format!("'{value}'"));
    let text = format!("the value of the typed literal \"{data_type}\" is invalid: '{value}'");
    Failure::new(&codes::sql::SYNTAX, text).with_condition(condition)
}

pub(crate) fn setting_not_found(key: &str) -> Failure {
    let condition = analysis("SQL_CONF_NOT_FOUND", "42K0I").with("sqlConf", in_quotes(key));
    let text = format!("the setting \"{key}\" cannot be found; verify that it exists");
    Failure::new(&codes::sql::SETTING, text).with_condition(condition)
}

fn search_path(place: &Place) -> String {
    format!(
        "[`system`.`builtin`, `system`.`session`, {}.{}]",
        quoted(spark_catalog(&place.catalog)),
        quoted(&place.schema)
    )
}

/// Our default catalog under the name Spark's users know.
pub(crate) fn spark_catalog(catalog: &str) -> &str {
    if catalog == brickyard_lake::DEFAULT_CATALOG { "spark_catalog" } else { catalog }
}

pub(crate) fn table_not_found(name: &ObjectName, place: &Place) -> Failure {
    let condition = analysis("TABLE_OR_VIEW_NOT_FOUND", "42P01")
        .with("relationName", name.to_string())
        .with("searchPath", search_path(place));
    let text = format!("the table or view {name} cannot be found; check its spelling, or look with SHOW TABLES");
    Failure::new(&codes::data::TABLE_NOT_FOUND, text).with_condition(condition)
}

pub(crate) fn view_exists(name: &str) -> Failure {
    let condition = analysis("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", "42P07").with("relationName", quoted(name));
    let text = format!("the temporary view {} exists already; use CREATE OR REPLACE TEMP VIEW", quoted(name));
    Failure::new(&codes::data::TABLE_EXISTS, text).with_condition(condition)
}

pub(crate) fn unresolved_routine(name: &str, proposals: &[&str], place: &Place) -> Failure {
    let condition = analysis("UNRESOLVED_ROUTINE", "42883")
        .with("routineName", quoted(name))
        .with("searchPath", search_path(place));
    let hint = match proposals {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(", ")),
    };
    let text = format!("cannot resolve routine {} on search path {}{hint}", quoted(name), search_path(place));
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}

/// `available` is in the order of the relation.
pub(crate) fn unresolved_column(parts: &[String], available: &[Vec<String>]) -> Failure {
    let name = quoted_parts(parts);
    if available.is_empty() {
        let condition = analysis("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703").with("objectName", &name);
        let text = format!("a column, variable, or function parameter with name {name} cannot be resolved");
        return Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition);
    }
    let proposal = proposals(parts, available).join(", ");
    let condition =
        analysis("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703").with("objectName", &name).with("proposal", &proposal);
    let text = format!(
        "a column, variable, or function parameter with name {name} cannot be resolved; did you mean one of the \
         following? [{proposal}]"
    );
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}

/// The five names nearest by edit distance, nearest first; as in Spark their quotes count, the wanted name has none.
fn proposals(parts: &[String], available: &[Vec<String>]) -> Vec<String> {
    let wanted = parts.join(".");
    let same_qualifier = available.iter().all(|name| name.len() > 1 && name[0] == available[0][0]);
    let shown = |name: &Vec<String>| {
        if same_qualifier && parts.len() == 1 { name[name.len() - 1..].to_vec() } else { name.clone() }
    };
    let mut candidates: Vec<Vec<String>> = available.iter().map(shown).collect();
    candidates.sort_by_key(|name| edit_distance(&quoted_parts(name), &wanted));
    candidates.truncate(5);
    candidates.iter().map(|name| quoted_parts(name)).collect()
}

/// Levenshtein's distance.
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

pub(crate) fn ambiguous(parts: &[String], references: &[String]) -> Failure {
    let (name, references) = (quoted_parts(parts), format!("[{}]", references.join(", ")));
    let text = format!("reference {name} is ambiguous, could be: {references}; put the table's name before it");
    let condition = analysis("AMBIGUOUS_REFERENCE", "42704").with("name", name).with("referenceNames", references);
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}

pub(crate) fn ambiguous_frame_column(name: &str) -> Failure {
    let condition = analysis("AMBIGUOUS_COLUMN_REFERENCE", "42702").with("name", in_quotes(name));
    let text = format!(
        "column \"{name}\" is ambiguous: the DataFrames joined share it; give them different names with alias before \
         joining, and name the column as alias.{name}"
    );
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}

pub(crate) fn foreign_frame_column(name: &str) -> Failure {
    let condition = analysis("CANNOT_RESOLVE_DATAFRAME_COLUMN", "42704").with("name", in_quotes(name));
    let text = format!(
        "cannot resolve column \"{name}\": it belongs to a DataFrame that is no part of this one; join it first"
    );
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}

pub(crate) fn require_unique_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.to_lowercase()) {
            let condition = analysis("COLUMN_ALREADY_EXISTS", "42711").with("columnName", quoted(&name.to_lowercase()));
            let text = format!("the column {} already exists; choose another name or rename it", quoted(name));
            return Err(Failure::new(&codes::sql::FORM, text).with_condition(condition));
        }
    }
    Ok(())
}

pub(crate) fn field_not_found(field: &str, fields: &[String]) -> Failure {
    let listed = fields.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let text = format!("no such struct field {} in {listed}", quoted(field));
    let condition = analysis("FIELD_NOT_FOUND", "42704").with("fieldName", quoted(field)).with("fields", listed);
    Failure::new(&codes::sql::UNRESOLVED, text).with_condition(condition)
}

/// `DATATYPE_MISMATCH.kind`; `parameters` beside `sqlExpr`.
pub(crate) fn mismatch(kind: &str, expression: &str, message: &str, parameters: &[(&str, String)]) -> Failure {
    let mut condition = analysis(&format!("DATATYPE_MISMATCH.{kind}"), "42K09").with("sqlExpr", in_quotes(expression));
    for (name, value) in parameters {
        condition = condition.with(name, value);
    }
    let text = format!("cannot resolve \"{expression}\" due to data type mismatch: {message}");
    Failure::new(&codes::sql::TYPE_MISMATCH, text).with_condition(condition)
}

pub(crate) fn unexpected_input(
    expression: &str,
    index: usize,
    required: &str,
    input: &str,
    input_type: &DataType,
) -> Failure {
    let ordinal = ordinal(index);
    let input_type = in_quotes(sql_name(input_type));
    let message = format!(
        "the {ordinal} parameter requires the \"{required}\" type, however \"{input}\" has the type {input_type}"
    );
    mismatch(
        "UNEXPECTED_INPUT_TYPE",
        expression,
        &message,
        &[
            ("paramIndex", ordinal.to_owned()),
            ("requiredType", in_quotes(required)),
            ("inputSql", in_quotes(input)),
            ("inputType", input_type),
        ],
    )
}

pub(crate) fn different_operands(expression: &str, left: &DataType, right: &DataType) -> Failure {
    let (left, right) = (in_quotes(sql_name(left)), in_quotes(sql_name(right)));
    let message =
        format!("the left and right operands of the binary operator have incompatible types ({left} and {right})");
    mismatch("BINARY_OP_DIFF_TYPES", expression, &message, &[("left", left), ("right", right)])
}

pub(crate) fn different_data(expression: &str, function: &str, types: &[DataType]) -> Failure {
    let types = types.iter().map(|t| in_quotes(sql_name(t))).collect::<Vec<_>>().join(", ");
    let message = format!("input to {} should all be the same type, but it's [{types}]", quoted(function));
    mismatch(
        "DATA_DIFF_TYPES",
        expression,
        &message,
        &[("functionName", quoted(function)), ("dataType", format!("[{types}]"))],
    )
}

/// As [`different_data`], in the words of functions that write the types as alternatives.
pub(crate) fn one_of_types(expression: &str, function: &str, types: &[DataType]) -> Failure {
    let types = types.iter().map(|t| in_quotes(sql_name(t))).collect::<Vec<_>>().join(" or ");
    let message = format!("input to {} should all be the same type, but it's ({types})", quoted(function));
    let details = [("functionName", quoted(function)), ("dataType", format!("({types})"))];
    mismatch("DATA_DIFF_TYPES", expression, &message, &details)
}

pub(crate) fn not_all_maps(expression: &str, function: &str, types: &[DataType]) -> Failure {
    let types = types.iter().map(|t| in_quotes(sql_name(t))).collect::<Vec<_>>().join(", ");
    let message = format!("the arguments of {} should all be maps, but are [{types}]", quoted(function));
    let details = [("functionName", quoted(function)), ("dataType", format!("[{types}]"))];
    mismatch("MAP_CONCAT_DIFF_TYPES", expression, &message, &details)
}

/// An array and a value that is none of its elements' type.
pub(crate) fn array_and_other(expression: &str, function: &str, array: &DataType, other: &DataType) -> Failure {
    let (left, right) = (in_quotes(sql_name(array)), in_quotes(sql_name(other)));
    let message =
        format!("{} takes an array and a value of its elements' type, not {left} and {right}", quoted(function));
    let details = [
        ("functionName", quoted(function)),
        ("dataType", in_quotes("ARRAY")),
        ("leftType", left),
        ("rightType", right),
    ];
    mismatch("ARRAY_FUNCTION_DIFF_TYPES", expression, &message, &details)
}

/// Two arguments that are not arrays of one type.
pub(crate) fn two_arrays(expression: &str, function: &str, left: &DataType, right: &DataType) -> Failure {
    let (left, right) = (in_quotes(sql_name(left)), in_quotes(sql_name(right)));
    let message = format!("{} takes two arrays of one type, not {left} and {right}", quoted(function));
    let details = [
        ("functionName", quoted(function)),
        ("arrayType", in_quotes("ARRAY")),
        ("leftType", left),
        ("rightType", right),
    ];
    mismatch("BINARY_ARRAY_DIFF_TYPES", expression, &message, &details)
}

/// `places`: the column from 0, and the two parameters whose types differ.
pub(crate) fn stack_types(expression: &str, places: (usize, usize, usize), a: &DataType, b: &DataType) -> Failure {
    let (column, left, right) = places;
    let (left_type, right_type) = (in_quotes(sql_name(a)), in_quotes(sql_name(b)));
    let message = format!("column {column} has two types: {left_type} ({left}) and {right_type} ({right})");
    let details = [
        ("columnIndex", column.to_string()),
        ("leftParamIndex", left.to_string()),
        ("leftType", left_type),
        ("rightParamIndex", right.to_string()),
        ("rightType", right_type),
    ];
    mismatch("STACK_COLUMN_DIFF_TYPES", expression, &message, &details)
}

/// An argument that has to be a constant; `name` and `wanted` as Spark quotes them.
pub(crate) fn not_constant(expression: &str, name: &str, wanted: &str, argument: &str) -> Failure {
    let message = format!("the input {name} should be a constant {wanted}, and is \"{argument}\"");
    let details =
        [("inputName", name.to_owned()), ("inputType", wanted.to_owned()), ("inputExpr", in_quotes(argument))];
    mismatch("NON_FOLDABLE_INPUT", expression, &message, &details)
}

pub(crate) fn escape_character(given: &str) -> Failure {
    let text = format!("'{given}' is no escape character: it is one character");
    let condition = analysis("INVALID_ESCAPE_CHAR", "42604").with("sqlExpr", in_quotes(given));
    Failure::new(&codes::sql::SYNTAX, text).with_condition(condition)
}

pub(crate) fn escape_in_the_middle(pattern: &str, next: char) -> Failure {
    let text = format!("in '{pattern}' the escape character stands before {next}; it escapes %, _ and itself");
    let condition = analysis("INVALID_FORMAT.ESC_IN_THE_MIDDLE", "42601")
        .with("format", format!("'{pattern}'"))
        .with("char", format!("'{next}'"));
    Failure::new(&codes::sql::SYNTAX, text).with_condition(condition)
}

pub(crate) fn escape_at_the_end(pattern: &str) -> Failure {
    let text = format!("'{pattern}' ends with the escape character; double it");
    let condition = analysis("INVALID_FORMAT.ESC_AT_THE_END", "42601").with("format", format!("'{pattern}'"));
    Failure::new(&codes::sql::SYNTAX, text).with_condition(condition)
}

pub(crate) fn unexpected_return(expression: &str, function: &str, expected: &str, actual: &DataType) -> Failure {
    let actual = in_quotes(sql_name(actual));
    let message = format!("{} takes a lambda that gives \"{expected}\", and this one gives {actual}", quoted(function));
    let details = [("functionName", quoted(function)), ("expectedType", in_quotes(expected)), ("actualType", actual)];
    mismatch("UNEXPECTED_RETURN_TYPE", expression, &message, &details)
}

pub(crate) fn lambda_parameters(expected: usize, actual: usize) -> Failure {
    let condition = analysis("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", "42K0D")
        .with("expectedNumArgs", expected.to_string())
        .with("actualNumArgs", actual.to_string());
    let text = format!("a lambda of {expected} parameters is expected, and this one has {actual}");
    Failure::new(&codes::sql::TYPE_MISMATCH, text).with_condition(condition)
}

pub(crate) fn options_form(data_type: &DataType) -> Failure {
    let class = match data_type {
        DataType::Map(..) => "INVALID_OPTIONS.NON_STRING_TYPE",
        _ => "INVALID_OPTIONS.NON_MAP_FUNCTION",
    };
    let mut condition = analysis(class, "42K06");
    if matches!(data_type, DataType::Map(..)) {
        condition = condition.with("mapType", in_quotes(sql_name(data_type)));
    }
    let text = "options are a map of constant strings: map('name', 'value')";
    Failure::new(&codes::sql::TYPE_MISMATCH, text).with_condition(condition)
}

pub(crate) fn cannot_cast(expression: &str, from: &DataType, to: &DataType) -> Failure {
    let (from, to) = (in_quotes(sql_name(from)), in_quotes(sql_name(to)));
    let message = format!("cannot cast {from} to {to}");
    mismatch("CAST_WITHOUT_SUGGESTION", expression, &message, &[("srcType", from), ("targetType", to)])
}

pub(crate) fn filter_not_boolean(expression: &str, data_type: &DataType) -> Failure {
    let name = in_quotes(sql_name(data_type));
    let message = format!("filter expression \"{expression}\" of type {name} is not a boolean");
    mismatch("FILTER_NOT_BOOLEAN", expression, &message, &[("filter", in_quotes(expression)), ("type", name)])
}

pub(crate) fn wrong_argument_count(function: &str, expected: &str, actual: usize) -> Failure {
    let condition = analysis("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605")
        .with("functionName", quoted(function))
        .with("expectedNum", expected)
        .with("actualNum", actual.to_string())
        .with("docroot", "https://spark.apache.org/docs/latest");
    let text = format!("{} requires {expected} parameters but the actual number is {actual}", quoted(function));
    Failure::new(&codes::sql::TYPE_MISMATCH, text).with_condition(condition)
}

pub(crate) fn grouping_without_sets() -> Failure {
    let text = "grouping() and grouping_id() go with GROUPING SETS, CUBE or ROLLUP; add one of them to GROUP BY";
    Failure::new(&codes::sql::GROUPING, text).with_condition(analysis("UNSUPPORTED_GROUPING_EXPRESSION", "42K0E"))
}

pub(crate) fn missing_group_by() -> Failure {
    let text =
        "the query does not include a GROUP BY clause: add GROUP BY or turn the columns into aggregates with any_value";
    Failure::new(&codes::sql::GROUPING, text).with_condition(analysis("MISSING_GROUP_BY", "42803"))
}

pub(crate) fn missing_aggregation(expression: &str) -> Failure {
    let condition = analysis("MISSING_AGGREGATION", "42803")
        .with("expression", in_quotes(expression))
        .with("expressionAnyValue", in_quotes(format!("any_value({expression})")));
    let text = format!(
        "the non-aggregating expression \"{expression}\" is based on columns which are not participating in the GROUP BY \
         clause; add it to GROUP BY, or use any_value({expression})"
    );
    Failure::new(&codes::sql::GROUPING, text).with_condition(condition)
}

pub(crate) fn invalid_where(condition: &str, aggregates: &str) -> Failure {
    let text = format!("the WHERE condition \"{condition}\" contains invalid expressions: {aggregates}; use HAVING");
    let condition = analysis("INVALID_WHERE_CONDITION", "42903")
        .with("condition", in_quotes(condition))
        .with("expressionList", aggregates);
    Failure::new(&codes::sql::FORM, text).with_condition(condition)
}

/// `position` counts the wrong input from 0.
pub(crate) fn width_mismatch(operator: &str, first: usize, position: usize, other: usize) -> Failure {
    let condition = analysis("NUM_COLUMNS_MISMATCH", "42826")
        .with("operator", operator)
        .with("firstNumColumns", first.to_string())
        .with("invalidOrdinalNum", ordinal(position))
        .with("invalidNumColumns", other.to_string());
    let text = format!(
        "{operator} can only be performed on inputs with the same number of columns, but the first input has {first} \
         columns and the {} input has {other} columns",
        ordinal(position)
    );
    Failure::new(&codes::sql::FORM, text).with_condition(condition)
}

pub(crate) fn order_position(index: i64, size: usize) -> Failure {
    let condition =
        analysis("ORDER_BY_POS_OUT_OF_RANGE", "42805").with("index", index.to_string()).with("size", size.to_string());
    let text = format!("ORDER BY position {index} is not in select list (valid range is [1, {size}])");
    Failure::new(&codes::sql::FORM, text).with_condition(condition)
}

pub(crate) fn group_position(index: i64, size: usize) -> Failure {
    let condition =
        analysis("GROUP_BY_POS_OUT_OF_RANGE", "42805").with("index", index.to_string()).with("size", size.to_string());
    let text = format!("GROUP BY position {index} is not in select list (valid range is [1, {size}])");
    Failure::new(&codes::sql::FORM, text).with_condition(condition)
}

/// A Python aggregate beside one of SQL's.
pub(crate) fn mixed_python_aggregates(names: &[&str]) -> Failure {
    let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let text =
        format!("the Python aggregates {names} stand beside others; compute these in a query of their own, and join");
    let condition = Condition::new("INVALID_PANDAS_UDF_PLACEMENT", "0A000", SparkException::Analysis);
    Failure::new(&codes::sql::FORM, text).with_condition(condition.with("functionList", names))
}

pub(crate) fn form(text: impl Into<String>) -> Failure {
    Failure::new(&codes::sql::FORM, text)
}

pub(crate) fn ordinal(index: usize) -> &'static str {
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
        .get(index)
        .copied()
        .unwrap_or("last")
}

/// An error of DataFusion as a failure: ours come out as they are, others get a code by their kind.
pub fn engine_failure(error: DataFusionError) -> Failure {
    if let Some(failure) = find(&error) {
        return failure;
    }
    let text = error.strip_backtrace();
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => Failure::new(&codes::sql::MEMORY, text).because(error),
        DataFusionError::NotImplemented(what) => {
            let what = what.clone();
            Failure::unsupported(what).because(error)
        }
        DataFusionError::Execution(message) if message.contains("more than one row") => {
            let condition = Condition::new("SCALAR_SUBQUERY_TOO_MANY_ROWS", "21000", SparkException::Spark);
            let text = "more than one row returned by a subquery used as an expression; limit it to one row";
            Failure::new(&codes::sql::FORM, text).with_condition(condition).because(error)
        }
        DataFusionError::ArrowError(arrow, _) => {
            let overflow = matches!(**arrow, arrow::error::ArrowError::ArithmeticOverflow(_));
            if overflow {
                return brickyard_functions::failures::overflow("overflow", "").because(error);
            }
            Failure::new(&codes::sql::EXECUTION, text).because(error)
        }
        _ => Failure::new(&codes::sql::EXECUTION, text).because(error),
    }
}

/// DataFusion shares errors between streams behind `Arc`s, which an error chain alone does not show.
fn find(error: &DataFusionError) -> Option<Failure> {
    match error {
        DataFusionError::Shared(inner) => find(inner),
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => find(inner),
        DataFusionError::Collection(all) => all.iter().find_map(find),
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            arrow::error::ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
                Some(error) => find(error),
                None => Failure::find(inner.as_ref()).map(Failure::repeat),
            },
            _ => None,
        },
        other => Failure::find(other).map(Failure::repeat),
    }
}
