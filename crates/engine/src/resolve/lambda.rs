//! Functions that take lambdas. All but folds and sorts are made of one step, a lambda over the elements of arrays side
//! by side ([`brickyard_functions::each`]), and of what each makes of the results.

use super::{Resolver, Scope, Typed, same_type};
use crate::failures::{self, engine_failure};
use arrow::datatypes::{DataType, Field};
use brickyard_error::{Failure, Result};
use brickyard_functions::each_of;
use brickyard_functions::types::{list_of, map_fields, map_of, nullable_inside};
use brickyard_spec::Expr;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::expr::{HigherOrderFunction, Lambda, LambdaVariable};
use datafusion::logical_expr::{Expr as PlanExpr, cast};
use std::sync::Arc;

/// A parameter of a lambda around the expression.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    name: String,
    data_type: DataType,
    nullable: bool,
}

/// An array of which a lambda gets one element after the other.
struct Elements {
    array: PlanExpr,
    data_type: DataType,
    nullable: bool,
}

/// A lambda's results for the elements of a row, an array.
struct Results {
    array: PlanExpr,
    /// The lambda's body.
    body: Typed,
    /// The lambda as Spark writes it.
    sql: String,
}

const VARIABLE: &str = "namedlambdavariable()";

impl Resolver<'_> {
    /// A call with a lambda among its arguments.
    pub(super) fn higher_order(&mut self, name: &str, arguments: &[Expr], scope: &Scope) -> Result<Typed> {
        let few = |expected: &str| failures::wrong_argument_count(name, expected, arguments.len());
        match (name, arguments) {
            ("aggregate" | "reduce", [array, start, merge]) => self.fold(name, (array, start), merge, None, scope),
            ("aggregate" | "reduce", [array, start, merge, finish]) => {
                self.fold(name, (array, start), merge, Some(finish), scope)
            }
            ("aggregate" | "reduce", _) => Err(few("[3, 4]")),
            ("transform" | "filter" | "exists" | "any_match" | "forall" | "array_sort", [array, lambda]) => {
                self.over_array(name, array, lambda, scope)
            }
            ("transform_keys" | "transform_values" | "map_filter", [map, lambda]) => {
                self.over_map(name, map, lambda, scope)
            }
            ("zip_with", [left, right, lambda]) => self.zip_with(left, right, lambda, scope),
            ("map_zip_with", [left, right, lambda]) => self.map_zip_with(left, right, lambda, scope),
            ("zip_with" | "map_zip_with", _) => Err(few("3")),
            (
                "transform" | "filter" | "exists" | "forall" | "array_sort" | "transform_keys" | "transform_values"
                | "map_filter",
                _,
            ) => Err(few("2")),
            _ => Err(failures::form(format!("{name} takes no lambda"))),
        }
    }

    fn over_array(&mut self, name: &str, array: &Expr, lambda: &Expr, scope: &Scope) -> Result<Typed> {
        let (array, elements) = self.array(name, array, 0, scope)?;
        let is_pair = matches!(lambda, Expr::Lambda { parameters, .. } if parameters.len() == 2);
        let original = array.expr.clone();
        if name == "array_sort" {
            return self.sorted(array, elements, lambda, scope);
        }
        let mut arrays = vec![elements];
        if is_pair && matches!(name, "transform" | "filter") {
            let positions = self.native("spark_array_positions", vec![original.clone()])?;
            arrays.push(Elements { array: positions, data_type: DataType::Int32, nullable: false });
        }
        let wanted = (name != "transform").then_some(DataType::Boolean);
        let results = self.each(arrays, lambda, wanted.as_ref(), scope)?;
        let sql = format!("{name}({}, {})", array.sql, results.sql);
        let (function, arguments, data_type, nullable) = match name {
            "transform" => {
                let data_type = list_of(results.body.data_type, results.body.nullable);
                return Ok(Typed::new(results.array, data_type, array.nullable, sql));
            }
            "filter" => ("spark_array_keep", vec![original, results.array], array.data_type, array.nullable),
            "forall" => {
                let nullable = array.nullable || results.body.nullable;
                ("spark_array_all", vec![results.array], DataType::Boolean, nullable)
            }
            _ => {
                let nullable = array.nullable || results.body.nullable;
                ("spark_array_any", vec![results.array], DataType::Boolean, nullable)
            }
        };
        Ok(Typed::new(self.native(function, arguments)?, data_type, nullable, sql))
    }

    /// `array_sort(array, (left, right) -> …)`, by the comparisons of all pairs.
    fn sorted(&mut self, array: Typed, elements: Elements, lambda: &Expr, scope: &Scope) -> Result<Typed> {
        let pairs = ["spark_array_firsts", "spark_array_seconds"];
        let sides = pairs.map(|side| {
            let array = self.native(side, vec![array.expr.clone()])?;
            Ok(Elements { array, data_type: elements.data_type.clone(), nullable: elements.nullable })
        });
        let sides = sides.into_iter().collect::<Result<Vec<_>>>()?;
        let results = self.each(sides, lambda, None, scope)?;
        let sql = format!("array_sort({}, {})", array.sql, results.sql);
        if results.body.data_type != DataType::Int32 {
            return Err(failures::unexpected_return(&sql, "array_sort", "INT", &results.body.data_type));
        }
        let expr = self.native("spark_array_sort_by", vec![array.expr, results.array])?;
        Ok(Typed::new(expr, array.data_type, array.nullable, sql))
    }

    fn zip_with(&mut self, left: &Expr, right: &Expr, lambda: &Expr, scope: &Scope) -> Result<Typed> {
        let (left, left_elements) = self.array("zip_with", left, 0, scope)?;
        let (right, right_elements) = self.array("zip_with", right, 1, scope)?;
        let sides = [(&left, left_elements, &right), (&right, right_elements, &left)];
        let sides = sides.map(|(own, elements, other)| {
            let array = self.native("spark_array_as_long_as", vec![own.expr.clone(), other.expr.clone()])?;
            Ok(Elements { array, nullable: true, ..elements })
        });
        let results = self.each(sides.into_iter().collect::<Result<Vec<_>>>()?, lambda, None, scope)?;
        let sql = format!("zip_with({}, {}, {})", left.sql, right.sql, results.sql);
        let data_type = list_of(results.body.data_type, results.body.nullable);
        Ok(Typed::new(results.array, data_type, left.nullable || right.nullable, sql))
    }

    fn over_map(&mut self, name: &str, map: &Expr, lambda: &Expr, scope: &Scope) -> Result<Typed> {
        let (map, [keys, values]) = self.entries_of(name, map, 0, scope)?;
        let (key_type, value_type, value_nullable) =
            (keys.data_type.clone(), values.data_type.clone(), values.nullable);
        let (key_array, value_array) = (keys.array.clone(), values.array.clone());
        let wanted = (name == "map_filter").then_some(DataType::Boolean);
        let results = self.each(vec![keys, values], lambda, wanted.as_ref(), scope)?;
        let sql = format!("{name}({}, {})", map.sql, results.sql);
        let body = &results.body;
        let (function, arguments, data_type) = match name {
            "transform_keys" => {
                let data_type = map_of(body.data_type.clone(), value_type, value_nullable);
                ("spark_map", vec![results.array, value_array], data_type)
            }
            "transform_values" => {
                let data_type = map_of(key_type, body.data_type.clone(), body.nullable);
                ("spark_map", vec![key_array, results.array], data_type)
            }
            _ => ("spark_map_filter", vec![map.expr, results.array], map.data_type),
        };
        Ok(Typed::new(self.native(function, arguments)?, data_type, map.nullable, sql))
    }

    fn map_zip_with(&mut self, left: &Expr, right: &Expr, lambda: &Expr, scope: &Scope) -> Result<Typed> {
        let (mut left, [keys, left_values]) = self.entries_of("map_zip_with", left, 0, scope)?;
        let (mut right, [right_keys, right_values]) = self.entries_of("map_zip_with", right, 1, scope)?;
        let key_type = self.wider_type(&keys.data_type, &right_keys.data_type);
        let key_type = key_type.ok_or_else(|| {
            let types = [left.data_type.clone(), right.data_type.clone()];
            failures::different_data(&format!("map_zip_with({}, {})", left.sql, right.sql), "map_zip_with", &types)
        })?;
        let mut sides = Vec::new();
        for (map, values) in [(&mut left, left_values), (&mut right, right_values)] {
            let whole = map_of(key_type.clone(), values.data_type.clone(), values.nullable);
            *map = self.implicit(map.clone(), &whole)?;
            sides.push(values);
        }
        let keys = self.native("spark_map_joint_keys", vec![left.expr.clone(), right.expr.clone()])?;
        let keys = cast(keys, list_of(nullable_inside(&key_type), true));
        let mut arrays = vec![Elements { array: keys.clone(), data_type: key_type.clone(), nullable: false }];
        for (map, values) in [&left, &right].into_iter().zip(sides) {
            let array = self.native("spark_map_values_at", vec![map.expr.clone(), keys.clone()])?;
            let array = cast(array, list_of(nullable_inside(&values.data_type), true));
            arrays.push(Elements { array, nullable: true, ..values });
        }
        let results = self.each(arrays, lambda, None, scope)?;
        let sql = format!("map_zip_with({}, {}, {})", left.sql, right.sql, results.sql);
        let data_type = map_of(key_type, results.body.data_type, results.body.nullable);
        let expr = self.native("spark_map", vec![keys, results.array])?;
        Ok(Typed::new(expr, data_type, left.nullable || right.nullable, sql))
    }

    /// `aggregate(array, start, (sum, element) -> …, sum -> …)`; without the last lambda the sum is the result.
    fn fold(
        &mut self,
        name: &str,
        (array, start): (&Expr, &Expr),
        merge: &Expr,
        finish: Option<&Expr>,
        scope: &Scope,
    ) -> Result<Typed> {
        let (array, elements) = self.array(name, array, 0, scope)?;
        let mut start = self.expr(start, scope)?;
        start.data_type = nullable_inside(&start.data_type);
        start.expr = cast(start.expr, start.data_type.clone());
        let sum = (start.data_type.clone(), true);
        let types = [sum.clone(), (elements.data_type, elements.nullable)];
        let (_, merged, merge_sql) = self.lambda(merge, &types, None, scope)?;
        if !same_structure(&merged.data_type, &start.data_type) && merged.data_type != DataType::Null {
            let sql = format!("{name}({}, {}, {merge_sql})", array.sql, start.sql);
            let wanted = brickyard_functions::types::sql_name(&start.data_type);
            return Err(failures::unexpected_input(&sql, 2, &wanted, &merge_sql, &merged.data_type));
        }
        let Expr::Lambda { parameters, .. } = merge else { return Err(Failure::internal("a lambda that is none")) };
        let merged = self.implicit(merged, &start.data_type)?;
        let merge = PlanExpr::Lambda(Lambda::new(parameters.clone(), merged.expr));
        let identity;
        let finish = match finish {
            Some(finish) => finish,
            None => {
                let body = Box::new(Expr::LambdaVariable("sum".to_owned()));
                identity = Expr::Lambda { parameters: vec!["sum".to_owned()], body };
                &identity
            }
        };
        let (finish, result, finish_sql) = self.lambda(finish, &[sum], None, scope)?;
        let sql = format!("{name}({}, {}, {merge_sql}, {finish_sql})", array.sql, start.sql);
        let expr = self.higher_order_call("spark_fold", vec![array.expr, start.expr, merge, finish])?;
        Ok(Typed::new(expr, result.data_type, array.nullable || result.nullable, sql))
    }

    // ---- what lambdas get ------------------------------------------------------------------------------------------

    /// An argument that is an array, laid out as the lambda's variable has it.
    fn array(&mut self, name: &str, argument: &Expr, index: usize, scope: &Scope) -> Result<(Typed, Elements)> {
        let mut array = self.expr(argument, scope)?;
        let DataType::List(item) = array.data_type.clone() else {
            let sql = format!("{name}({}, lambda)", array.sql);
            return Err(failures::unexpected_input(&sql, index, "ARRAY", &array.sql, &array.data_type));
        };
        array.expr = cast(array.expr, nullable_inside(&array.data_type));
        let (data_type, nullable) = (item.data_type().clone(), item.is_nullable());
        let elements = Elements { array: array.expr.clone(), data_type, nullable };
        Ok((array, elements))
    }

    /// An argument that is a map, with its keys and its values.
    fn entries_of(
        &mut self,
        name: &str,
        argument: &Expr,
        index: usize,
        scope: &Scope,
    ) -> Result<(Typed, [Elements; 2])> {
        let map = self.expr(argument, scope)?;
        let Some((key, value)) = map_fields(&map.data_type) else {
            let sql = format!("{name}({}, lambda)", map.sql);
            return Err(failures::unexpected_input(&sql, index, "MAP", &map.sql, &map.data_type));
        };
        let of = |function: &str, field: &Arc<Field>| -> Result<Elements> {
            let data_type = field.data_type().clone();
            let array = self.native(function, vec![map.expr.clone()])?;
            let array = cast(array, list_of(nullable_inside(&data_type), true));
            Ok(Elements { array, data_type, nullable: field.is_nullable() })
        };
        let (keys, values) = (of("map_keys", key)?, of("map_values", value)?);
        Ok((map, [keys, values]))
    }

    /// The results of a lambda for all elements of arrays side by side.
    fn each(
        &mut self,
        arrays: Vec<Elements>,
        lambda: &Expr,
        wanted: Option<&DataType>,
        scope: &Scope,
    ) -> Result<Results> {
        let types: Vec<(DataType, bool)> =
            arrays.iter().map(|elements| (elements.data_type.clone(), elements.nullable)).collect();
        let (lambda, body, sql) = self.lambda(lambda, &types, wanted, scope)?;
        let function = each_of(arrays.len());
        let arguments = arrays.into_iter().map(|elements| elements.array).chain([lambda]).collect();
        Ok(Results { array: self.higher_order_call(function, arguments)?, body, sql })
    }

    /// A lambda with its parameters of these types, its body, and its text.
    fn lambda(
        &mut self,
        lambda: &Expr,
        types: &[(DataType, bool)],
        wanted: Option<&DataType>,
        scope: &Scope,
    ) -> Result<(PlanExpr, Typed, String)> {
        let Expr::Lambda { parameters, body } = lambda else {
            return Err(failures::form("the function takes a lambda: x -> …"));
        };
        if parameters.len() != types.len() {
            return Err(failures::lambda_parameters(types.len(), parameters.len()));
        }
        let bound = parameters.iter().zip(types).map(|(name, (data_type, nullable))| Parameter {
            name: name.clone(),
            data_type: data_type.clone(),
            nullable: *nullable,
        });
        self.lambdas.push(bound.collect());
        let body = self.expr(body, scope);
        self.lambdas.pop();
        let mut body = body?;
        if let Some(wanted) = wanted {
            if !crate::functions::converts(&body.data_type, wanted) {
                let shown = brickyard_functions::types::sql_name(wanted);
                return Err(failures::unexpected_input(&body.sql, 1, &shown, &body.sql, &body.data_type));
            }
            body = self.implicit(body, wanted)?;
        }
        let sql = format!("lambdafunction({}{})", body.sql, format!(", {VARIABLE}").repeat(parameters.len()));
        let lambda = Lambda::new(parameters.clone(), body.expr.clone());
        Ok((PlanExpr::Lambda(lambda), body, sql))
    }

    pub(super) fn find_lambda_parameter(&self, name: &str) -> Option<Typed> {
        let found = self.lambdas.iter().rev().flatten().find(|parameter| parameter.name.eq_ignore_ascii_case(name))?;
        // What is inside a batch may be null wherever Arrow's kernels left it open.
        let field = Field::new(&found.name, nullable_inside(&found.data_type), true);
        let variable = LambdaVariable::new(found.name.clone(), Some(Arc::new(field)));
        let expr = PlanExpr::LambdaVariable(variable);
        Some(Typed::new(expr, found.data_type.clone(), found.nullable, VARIABLE))
    }

    pub(super) fn lambda_variable(&mut self, name: &str) -> Result<Typed> {
        self.find_lambda_parameter(name).ok_or_else(|| failures::unresolved_column(&[name.to_owned()], &[]))
    }

    fn higher_order_call(&self, name: &str, arguments: Vec<PlanExpr>) -> Result<PlanExpr> {
        let state = self.session.context().state();
        let function = state.higher_order_function(name).map_err(engine_failure)?;
        Ok(PlanExpr::HigherOrderFunction(HigherOrderFunction::new(function, arguments)))
    }
}

/// The same type but for the names of fields and for what may be null.
fn same_structure(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::List(a), DataType::List(b)) => same_structure(a.data_type(), b.data_type()),
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_structure(a.data_type(), b.data_type()))
        }
        (a, b) => same_type(a, b),
    }
}
