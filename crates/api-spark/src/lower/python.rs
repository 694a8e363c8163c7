//! Functions that the client has pickled.

use super::types::lower_type;
use super::{Lowering, required};
use crate::handles::invalid_plan;
use crate::proto::common_inline_user_defined_function::Function;
use crate::proto::{CoGroupMap, CommonInlineUserDefinedFunction, GroupMap, MapPartitions};
use brickyard_error::{Failure, Result};
use brickyard_spec::{Node, PythonCogroups, PythonFunction, PythonGroups, PythonWay};

impl Lowering {
    pub(super) fn python_function(
        &mut self,
        name: String,
        is_distinct: bool,
        function: Option<Function>,
    ) -> Result<PythonFunction> {
        let function = match required(function, "a function without its code")? {
            Function::PythonUdf(function) => function,
            Function::ScalarScalaUdf(_) | Function::JavaUdf(_) => {
                return Err(Failure::unsupported(format!("functions of the JVM ({name}); write it in Python or SQL")));
            }
        };
        if is_distinct {
            return Err(Failure::unsupported(format!("DISTINCT in the Python function {name}")));
        }
        let Some(way) = PythonWay::of(function.eval_type) else {
            return Err(Failure::unsupported(format!("Python functions of the kind {} ({name})", function.eval_type)));
        };
        let returns = required(function.output_type, "a Python function without its result type")?;
        let returns = lower_type(returns, self.parse_type)?;
        Ok(PythonFunction { name, way, command: function.command, version: function.python_ver, returns })
    }

    fn python_frames(&mut self, call: Option<CommonInlineUserDefinedFunction>) -> Result<PythonFunction> {
        let call = required(call, "a map without its function")?;
        self.python_function(call.function_name, call.is_distinct, call.function)
    }

    pub(super) fn python_map(&mut self, map: MapPartitions) -> Result<Node> {
        if map.is_barrier() {
            return Err(Failure::unsupported("mapInPandas with barrier=True"));
        }
        Ok(Node::PythonMap {
            input: self.relation(*required(map.input, "a map without input")?)?,
            function: self.python_frames(map.func)?,
        })
    }

    pub(super) fn python_groups(&mut self, groups: GroupMap) -> Result<Node> {
        if groups.state_schema.is_some() || groups.transform_with_state_info.is_some() {
            return Err(Failure::unsupported("structured streaming (functions with state)"));
        }
        Ok(Node::PythonGroups(PythonGroups {
            input: self.relation(*required(groups.input, "groups without input")?)?,
            keys: self.expressions(groups.grouping_expressions)?,
            function: self.python_frames(groups.func)?,
        }))
    }

    pub(super) fn python_cogroups(&mut self, groups: CoGroupMap) -> Result<Node> {
        let CoGroupMap { input, other, input_grouping_expressions, other_grouping_expressions, func, .. } = groups;
        if input_grouping_expressions.len() != other_grouping_expressions.len() {
            return Err(invalid_plan("cogroup takes as many keys on both sides"));
        }
        Ok(Node::PythonCogroups(PythonCogroups {
            left: self.relation(*required(input, "a cogroup without its left side")?)?,
            left_keys: self.expressions(input_grouping_expressions)?,
            right: self.relation(*required(other, "a cogroup without its right side")?)?,
            right_keys: self.expressions(other_grouping_expressions)?,
            function: self.python_frames(func)?,
        }))
    }
}
