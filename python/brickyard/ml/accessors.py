"""What every class of parameters has by PySpark's custom: getters, setters, and parameters as keywords."""

import inspect

from pyspark.ml.param import Param
from pyspark.sql import is_remote


def declared(cls: type) -> dict[str, Param]:
    """The parameters of a class by name."""
    found = inspect.getmembers(cls, lambda member: isinstance(member, Param))
    return {param.name: param for _, param in found}


def capital(name: str) -> str:
    return name[0].upper() + name[1:]


def getters(cls: type) -> type:
    """Class decorator: `getNumLeaves()` for the parameter `numLeaves`, where there is none."""

    def getter(param: Param):
        def get(self):
            return self.getOrDefault(self.getParam(param.name))

        return described(cls, get, f"get{capital(param.name)}", f"Gets the value of {param.name}: {param.doc}.")

    for param in declared(cls).values():
        if not hasattr(cls, f"get{capital(param.name)}"):
            setattr(cls, f"get{capital(param.name)}", getter(param))
    return cls


def setters(cls: type) -> type:
    """Class decorator of estimators: `setNumLeaves(value)`, and all parameters as keywords of the constructor."""

    def setter(param: Param):
        def set_value(self, value):
            return self._set(**{param.name: value})

        return described(cls, set_value, f"set{capital(param.name)}", f"Sets the value of {param.name}: {param.doc}.")

    for param in declared(cls).values():
        if not hasattr(cls, f"set{capital(param.name)}"):
            setattr(cls, f"set{capital(param.name)}", setter(param))
    keywords = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in declared(cls)]
    cls.__signature__ = inspect.Signature(keywords)
    return cls


def described(cls: type, function, name: str, text: str):
    function.__name__, function.__qualname__, function.__doc__ = name, f"{cls.__qualname__}.{name}", text
    return function


class Keywords:
    """The constructor of an estimator, and `setParams`: parameters by name. What is None is not set."""

    #: The name by which the server knows the class.
    _server_class: str

    def __init__(self, **params):
        super().__init__()
        if not is_remote():
            raise RuntimeError(f"{type(self).__name__} needs a session on a Brickyard server: builder.remote(…)")
        self._java_obj = self._new_java_obj(self._server_class, self.uid)
        self.setParams(**params)

    def setParams(self, **params):
        """Sets parameters by name."""
        unknown = [name for name in params if not self.hasParam(name)]
        if unknown:
            known = ", ".join(param.name for param in self.params)
            raise TypeError(f"{type(self).__name__} has no parameter {unknown[0]!r}; it has {known}")
        return self._set(**params)
