//! Relations as a client sends them.

use crate::{bench, sql};
use brickyard_spec::{Expr, Node, Relation};

#[tokio::test]
async fn a_long_chain_of_columns_stays_shallow() {
    let bench = bench().await;
    let mut relation = Relation::new(Node::Range { start: 0, end: 3, step: 1, partitions: None });
    for index in 0..300 {
        let added = Expr::function("+", vec![Expr::column("id"), Expr::literal(index)]).alias(format!("c{index}"));
        relation = Relation::new(Node::WithColumns { input: relation, columns: vec![added] });
    }
    let frame = bench.session.frame(&relation).await.unwrap();
    assert_eq!(frame.schema().fields().len(), 301);
    let depth = frame.logical_plan().to_string().lines().count();
    assert!(depth < 10, "the plan has {depth} nodes");
    assert_eq!(frame.count().await.unwrap(), 3);
}

/// A range is two partitions here, the first of them the slower one.
#[tokio::test]
async fn rows_of_several_partitions_keep_their_order() {
    const SLOW: &str = "SELECT id, length(repeat('x', CAST((100000 - id) / 10 AS INT))) AS work FROM range(100000)";
    let bench = bench().await;
    for (question, answer) in [
        ("SELECT count(*) FROM (SELECT id, monotonically_increasing_id() AS place FROM (@)) WHERE id <> place", "0"),
        (
            "SELECT sum(id) FROM (SELECT id FROM range(0, 100000, 1, 1) TABLESAMPLE (1 PERCENT) REPEATABLE (3))",
            "47363079",
        ),
        ("SELECT sum(id) FROM (SELECT id FROM (@) TABLESAMPLE (1 PERCENT) REPEATABLE (3))", "47363079"),
        ("SELECT sum(id) FROM (SELECT id FROM (@) LIMIT 20000)", "199990000"),
        ("SELECT max(id) FROM (SELECT id, work FROM (@) WHERE work > 5 LIMIT 70000 OFFSET 10)", "70009"),
    ] {
        let frame = sql(&bench.session, &question.replace('@', SLOW)).await.unwrap();
        let shown = frame.show_string(20, 20, false).await.unwrap();
        assert!(shown.contains(&format!("{answer}|")), "{question}: {shown}");
    }
}

#[tokio::test]
async fn statements_change_tables() {
    let bench = bench().await;
    for text in [
        "CREATE TABLE t (id INT, name STRING)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO t (name, id) VALUES ('c', 3)",
        "CREATE TABLE u AS SELECT id * 2 AS twice FROM t",
    ] {
        sql(&bench.session, text).await.unwrap_or_else(|failure| panic!("{text}: {failure:?}"));
    }
    let frame = sql(&bench.session, "SELECT count(*), sum(id), max(name) FROM t").await.unwrap();
    let shown = frame.show_string(20, 20, false).await.unwrap();
    assert!(shown.contains("|       3|      6|        c|"), "{shown}");
    let shown = sql(&bench.session, "SHOW TABLES").await.unwrap().show_string(20, 0, false).await.unwrap();
    assert!(shown.contains("|default  |t        |false      |"), "{shown}");
    sql(&bench.session, "DROP TABLE u").await.unwrap();
    assert!(sql(&bench.session, "SELECT * FROM u").await.is_err());
}
