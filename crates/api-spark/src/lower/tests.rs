//! Messages as clients send them, and what they are lowered to.

use super::*;
use crate::proto::expression::{self, ExprType, literal::LiteralType};
use crate::proto::relation::RelType;
use crate::proto::{Expression, Relation as Message, RelationCommon};
use brickyard_error::Failure;
use expect_test::{Expect, expect};

fn no_types(text: &str) -> Result<DataType> {
    Err(Failure::internal(format!("the type {text} was parsed")))
}

fn relation(kind: RelType) -> Message {
    Message { common: Some(RelationCommon { plan_id: Some(7), ..Default::default() }), rel_type: Some(kind) }
}

fn range() -> Option<Box<Message>> {
    let range = proto::Range { start: None, end: 3, step: 1, num_partitions: None };
    Some(Box::new(Message { common: None, rel_type: Some(RelType::Range(range)) }))
}

fn expression(kind: ExprType) -> Expression {
    Expression { common: None, expr_type: Some(kind) }
}

fn column(name: &str) -> Expression {
    let unparsed_identifier = name.to_owned();
    expression(ExprType::UnresolvedAttribute(expression::UnresolvedAttribute {
        unparsed_identifier,
        ..Default::default()
    }))
}

fn literal(value: LiteralType) -> Expression {
    expression(ExprType::Literal(raise_literal(value)))
}

fn check(kind: RelType, expected: Expect) {
    let mut lowering = Lowering::new(no_types);
    let lowered = lowering.relation(relation(kind));
    let needs = lowering.into_needs();
    let lowered = match lowered {
        Ok(relation) => format!("{:?}", relation.node),
        Err(failure) => failure.to_string(),
    };
    let needs: String = needs.iter().map(|need| format!("\nneeds {need:?}")).collect();
    expected.assert_eq(&format!("{lowered}{needs}"));
}

fn check_expression(kind: ExprType, expected: Expect) {
    let mut lowering = Lowering::new(no_types);
    let lowered = lowering.expression(expression(kind));
    expected.assert_eq(&lowered.map_or_else(|failure| failure.to_string(), |expr| format!("{expr:?}")));
}

#[test]
fn relations() {
    check(
        RelType::Range(proto::Range { start: Some(1), end: 3, step: 1, num_partitions: None }),
        expect!["Range { start: 1, end: 3, step: 1, partitions: None }"],
    );
    check(
        RelType::Range(proto::Range { start: Some(1), end: 3, step: 0, num_partitions: None }),
        expect!["the plan cannot be read: a range whose step is 0 [BY-SPARK-0001]"],
    );
    check(
        RelType::Filter(Box::new(proto::Filter { input: range(), condition: Some(column("id")) })),
        expect![[
            r#"Filter { input: Relation { plan_id: None, node: Range { start: 0, end: 3, step: 1, partitions: None } }, condition: Column { name: "id", plan_id: None } }"#
        ]],
    );
    check(
        RelType::Filter(Box::new(proto::Filter { input: None, condition: Some(column("id")) })),
        expect!["the plan cannot be read: a relation without its input [BY-SPARK-0001]"],
    );
    check(
        RelType::Project(Box::new(proto::Project { input: None, expressions: vec![column("1")] })),
        expect![[
            r#"Project { input: Relation { plan_id: None, node: OneRow }, exprs: [Column { name: "1", plan_id: None }] }"#
        ]],
    );
    let source = proto::read::DataSource {
        format: Some("CSV".to_owned()),
        options: [("Header".to_owned(), "true".to_owned()), ("path".to_owned(), "/a".to_owned())].into(),
        ..Default::default()
    };
    let read = |source| proto::Read { read_type: Some(proto::read::ReadType::DataSource(source)), is_streaming: false };
    check(
        RelType::Read(read(source)),
        expect![[r#"Read(Files { format: "csv", paths: ["/a"], schema: None, options: {"header": "true"} })"#]],
    );
    let metadata = proto::read::DataSource {
        format: Some("text".to_owned()),
        paths: vec!["models:/delays@champion/metadata".to_owned()],
        ..Default::default()
    };
    check(
        RelType::Read(read(metadata)),
        expect![[r#"
        Frame { id: "text-models:/delays@champion/metadata" }
        needs Text { name: "text-models:/delays@champion/metadata", path: "models:/delays@champion/metadata" }"#]],
    );
    let table = proto::read::NamedTable { unparsed_identifier: "main.`odd.name`".to_owned(), ..Default::default() };
    let named = proto::Read { read_type: Some(proto::read::ReadType::NamedTable(table)), is_streaming: false };
    check(RelType::Read(named), expect![[r#"Read(Table { name: ObjectName(["main", "odd.name"]), options: {} })"#]]);
    check(
        RelType::Deduplicate(Box::new(proto::Deduplicate {
            input: range(),
            all_columns_as_keys: Some(true),
            ..Default::default()
        })),
        expect![
            "Deduplicate { input: Relation { plan_id: None, node: Range { start: 0, end: 3, step: 1, partitions: None } }, columns: [] }"
        ],
    );
    check(
        RelType::Catalog(proto::Catalog::default()),
        expect!["the plan cannot be read: a catalog relation without a question [BY-SPARK-0001]"],
    );
    check(
        RelType::MapPartitions(Box::default()),
        expect!["the plan cannot be read: a map without input [BY-SPARK-0001]"],
    );
}

#[test]
fn models_in_the_tree() {
    let parameters = [("outputCol".to_owned(), raise_literal(LiteralType::String("f".to_owned())))];
    let transform = proto::ml_relation::Transform {
        input: range(),
        params: Some(proto::MlParams { params: parameters.into() }),
        operator: Some(proto::ml_relation::transform::Operator::ObjRef(proto::ObjectRef { id: "m".to_owned() })),
    };
    let transform = proto::ml_relation::MlType::Transform(Box::new(transform));
    check(
        RelType::MlRelation(Box::new(proto::MlRelation { ml_type: Some(transform), model_summary_dataset: None })),
        expect![[r#"
            Transform { input: Relation { plan_id: None, node: Range { start: 0, end: 3, step: 1, partitions: None } }, transformer: "m-ad6914e2ee874139" }
            needs Transformer(TransformerNeed { name: "m-ad6914e2ee874139", source: Object("m"), parameters: {"outputCol": Text("f")} })"#]],
    );
    let call = |method: &str| proto::fetch::Method { method: method.to_owned(), args: Vec::new() };
    let fetch = proto::Fetch {
        obj_ref: Some(proto::ObjectRef { id: "m".to_owned() }),
        methods: vec![call("summary"), call("roc")],
    };
    let fetch = proto::ml_relation::MlType::Fetch(fetch);
    check(
        RelType::MlRelation(Box::new(proto::MlRelation { ml_type: Some(fetch), model_summary_dataset: range() })),
        expect![[r#"
            Frame { id: "fetch-dc8231b2b364f8ad" }
            needs Fetch(FetchNeed { name: "fetch-dc8231b2b364f8ad", object: "m", calls: [MethodCall { name: "summary", arguments: [] }, MethodCall { name: "roc", arguments: [] }], training: Some(Relation { plan_id: None, node: Range { start: 0, end: 3, step: 1, partitions: None } }) })"#]],
    );
}

#[test]
fn expressions() {
    let decimal = |value: &str, precision, scale| {
        LiteralType::Decimal(expression::literal::Decimal { value: value.to_owned(), precision, scale })
    };
    check_expression(
        ExprType::Literal(raise_literal(decimal("1.5", None, None))),
        expect!["Literal(Decimal { unscaled: 15, precision: 2, scale: 1 })"],
    );
    check_expression(
        ExprType::Literal(raise_literal(decimal("1.5", Some(10), Some(3)))),
        expect!["Literal(Decimal { unscaled: 1500, precision: 10, scale: 3 })"],
    );
    check_expression(
        ExprType::Literal(raise_literal(decimal("-2E+3", None, None))),
        expect!["Literal(Decimal { unscaled: -2000, precision: 4, scale: 0 })"],
    );
    check_expression(
        ExprType::Literal(raise_literal(decimal("x", None, None))),
        expect!["the plan cannot be read: x is no decimal [BY-SPARK-0001]"],
    );
    check_expression(
        ExprType::Literal(raise_literal(LiteralType::Byte(300))),
        expect!["the plan cannot be read: the literal 300 is out of its type's range [BY-SPARK-0001]"],
    );
    let strings = proto::Strings { values: vec!["a".to_owned()] };
    let packed = expression::literal::SpecializedArray {
        value_type: Some(expression::literal::specialized_array::ValueType::Strings(strings)),
    };
    check_expression(
        ExprType::Literal(raise_literal(LiteralType::SpecializedArray(packed))),
        expect![[r#"Literal(Array { element: Utf8, items: [String("a")] })"#]],
    );
    let star = |target: Option<&str>| {
        let unparsed_target = target.map(ToOwned::to_owned);
        ExprType::UnresolvedStar(expression::UnresolvedStar { unparsed_target, plan_id: None })
    };
    check_expression(star(None), expect!["Star { target: None, plan_id: None, except: [] }"]);
    check_expression(star(Some("t.*")), expect![[r#"Star { target: Some(["t"]), plan_id: None, except: [] }"#]]);
    let descending = expression::SortOrder {
        child: Some(Box::new(column("a"))),
        direction: expression::sort_order::SortDirection::Descending as i32,
        null_ordering: 0,
    };
    check_expression(
        ExprType::SortOrder(Box::new(descending)),
        expect![[r#"Sort(SortKey { expr: Column { name: "a", plan_id: None }, direction: Descending, nulls: Last })"#]],
    );
    let cast = expression::Cast {
        expr: Some(Box::new(literal(LiteralType::Integer(1)))),
        cast_to_type: Some(expression::cast::CastToType::TypeStr("double".to_owned())),
        eval_mode: expression::cast::EvalMode::Try as i32,
    };
    check_expression(
        ExprType::Cast(Box::new(cast)),
        expect![[r#"Cast { expr: Literal(Int(1)), target: Ddl("double"), is_try: true }"#]],
    );
    check_expression(
        ExprType::UnresolvedFunction(expression::UnresolvedFunction {
            function_name: "count".to_owned(),
            arguments: vec![column("a.b")],
            is_distinct: true,
            ..Default::default()
        }),
        expect![[r#"Function { name: "count", arguments: [Column { name: "a.b", plan_id: None }], distinct: true }"#]],
    );
    check_expression(
        ExprType::CommonInlineUserDefinedFunction(Default::default()),
        expect!["the plan cannot be read: a function without its code [BY-SPARK-0001]"],
    );
}

#[test]
fn types_come_back_as_they_went() {
    use arrow::datatypes::{Field, IntervalUnit, TimeUnit};
    use brickyard_ml::linalg::{matrix_type, vector_type};
    let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
    let entry = vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Int32, true)];
    let types = [
        DataType::Null,
        DataType::Boolean,
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::Float32,
        DataType::Float64,
        DataType::Decimal128(12, 3),
        DataType::Utf8,
        DataType::Binary,
        DataType::Date32,
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Timestamp(TimeUnit::Microsecond, None),
        DataType::Interval(IntervalUnit::YearMonth),
        DataType::Interval(IntervalUnit::MonthDayNano),
        DataType::Duration(TimeUnit::Microsecond),
        list(DataType::Float64),
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry.into()), false)), false),
        DataType::Struct(vec![Field::new("a", list(DataType::Utf8), false)].into()),
        vector_type(),
        matrix_type(),
    ];
    for data_type in types {
        let raised = raise_type(&data_type).unwrap();
        assert_eq!(types::lower_type(raised, no_types).unwrap(), data_type);
    }
}

#[test]
fn a_deep_chain_is_lowered() {
    let mut input = range();
    for _ in 0..2000 {
        input =
            Some(Box::new(relation(RelType::Filter(Box::new(proto::Filter { input, condition: Some(column("id")) })))));
    }
    let lowered = Lowering::new(no_types).relation(*input.unwrap());
    assert!(lowered.is_ok());
}
