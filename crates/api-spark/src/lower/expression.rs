//! Expressions.

use super::literal::lower_literal;
use super::types::lower_type;
use super::{Lowering, required};
use crate::codec::one_level_deeper;
use crate::handles::invalid_plan;
use crate::proto::expression::{ExprType, cast};
use crate::proto::{self, SubqueryExpression, expression as spark, subquery_expression::SubqueryType};
use brickyard_error::{Failure, Result};
use brickyard_spec::{CastTarget, Expr, SubqueryKind};
use std::sync::Arc;

impl Lowering {
    pub(super) fn expression(&mut self, expression: proto::Expression) -> Result<Expr> {
        one_level_deeper(|| self.expression_kind(required(expression.expr_type, "an expression without a kind")?))
    }

    fn expression_kind(&mut self, kind: ExprType) -> Result<Expr> {
        Ok(match kind {
            ExprType::Literal(literal) => Expr::Literal(lower_literal(literal, self.parse_type)?),
            ExprType::UnresolvedAttribute(column) => {
                Expr::Column { name: column.unparsed_identifier, plan_id: column.plan_id }
            }
            ExprType::UnresolvedFunction(function) => Expr::Function {
                name: function.function_name,
                arguments: self.expressions(function.arguments)?,
                distinct: function.is_distinct,
            },
            ExprType::CallFunction(function) => Expr::Function {
                name: function.function_name,
                arguments: self.expressions(function.arguments)?,
                distinct: false,
            },
            ExprType::ExpressionString(text) => Expr::Sql(text.expression),
            ExprType::UnresolvedStar(star) => Expr::Star {
                target: star.unparsed_target.as_deref().and_then(|target| target.strip_suffix(".*")).map(name_parts),
                plan_id: star.plan_id,
                except: Vec::new(),
            },
            ExprType::UnresolvedRegex(regex) => Expr::Regex { pattern: regex.col_name, plan_id: regex.plan_id },
            ExprType::Alias(alias) => self.alias(*alias)?,
            ExprType::Cast(cast) => self.cast(*cast)?,
            ExprType::SortOrder(order) => Expr::Sort(Box::new(self.sort_key(*order)?)),
            ExprType::Window(window) => Expr::Window(Box::new(self.window(*window)?)),
            ExprType::UnresolvedExtractValue(extract) => Expr::Extract {
                child: self.boxed(extract.child, "an extraction without its child")?,
                extraction: self.boxed(extract.extraction, "an extraction without its key")?,
            },
            ExprType::UpdateFields(update) => Expr::UpdateField {
                child: self.boxed(update.struct_expression, "a field update without its struct")?,
                field: update.field_name,
                value: match update.value_expression {
                    Some(value) => Some(Box::new(self.expression(*value)?)),
                    None => None,
                },
            },
            ExprType::LambdaFunction(lambda) => Expr::Lambda {
                parameters: lambda.arguments.into_iter().map(|argument| argument.name_parts.join(".")).collect(),
                body: self.boxed(lambda.function, "a lambda without its body")?,
            },
            ExprType::UnresolvedNamedLambdaVariable(variable) => Expr::LambdaVariable(variable.name_parts.join(".")),
            ExprType::NamedArgumentExpression(argument) => Expr::Named {
                name: argument.key,
                value: self.boxed(argument.value, "a named argument without its value")?,
            },
            ExprType::SubqueryExpression(subquery) => self.subquery(subquery)?,
            ExprType::CommonInlineUserDefinedFunction(call) => {
                let arguments = self.expressions(call.arguments)?;
                let function = self.python_function(call.function_name, call.is_distinct, call.function)?;
                Expr::Python { function: Arc::new(function), arguments }
            }
            ExprType::TypedAggregateExpression(_) => return Err(Failure::unsupported("typed JVM aggregators")),
            ExprType::MergeAction(_) => return Err(invalid_plan("a merge action outside a merge")),
            ExprType::DirectShufflePartitionId(_) => return Err(Failure::unsupported("repartitionById")),
            ExprType::Extension(extension) => {
                return Err(Failure::unsupported(format!("the expression extension {}", extension.type_url)));
            }
        })
    }

    pub(super) fn boxed(&mut self, part: Option<Box<proto::Expression>>, missing: &str) -> Result<Box<Expr>> {
        Ok(Box::new(self.expression(*required(part, missing)?)?))
    }

    pub(super) fn alias(&mut self, alias: spark::Alias) -> Result<Expr> {
        let expr = self.boxed(alias.expr, "an alias without its expression")?;
        Ok(Expr::Alias { expr, names: alias.name, metadata: alias.metadata })
    }

    fn cast(&mut self, cast: spark::Cast) -> Result<Expr> {
        let target = match required(cast.cast_to_type, "a cast without a type")? {
            cast::CastToType::Type(target) => CastTarget::Type(lower_type(target, self.parse_type)?),
            cast::CastToType::TypeStr(text) => CastTarget::Ddl(text),
        };
        let is_try = cast.eval_mode == cast::EvalMode::Try as i32;
        Ok(Expr::Cast { expr: self.boxed(cast.expr, "a cast without its expression")?, target, is_try })
    }

    fn subquery(&mut self, subquery: SubqueryExpression) -> Result<Expr> {
        let kind = match subquery.subquery_type() {
            SubqueryType::Scalar => SubqueryKind::Scalar,
            SubqueryType::Exists => SubqueryKind::Exists,
            SubqueryType::In => SubqueryKind::In(self.expressions(subquery.in_subquery_values)?),
            SubqueryType::TableArg => return Err(Failure::unsupported("table arguments")),
            SubqueryType::Unknown => return Err(invalid_plan("a subquery without a kind")),
        };
        let relation = self.references.get(&subquery.plan_id).cloned();
        let relation = required(relation, "a subquery whose relation is not in the plan")?;
        Ok(Expr::Subquery { kind, relation: Box::new(relation) })
    }
}

/// The parts of a dotted name, with backticks around parts that hold dots.
pub fn name_parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let last = parts.len() - 1;
        match character {
            '`' if quoted && characters.peek() == Some(&'`') => {
                characters.next();
                parts[last].push('`');
            }
            '`' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ => parts[last].push(character),
        }
    }
    parts
}
