"""Which public classes and functions of pyspark.ml a case uses: whose methods run, seen while Python runs them."""

import contextlib
import gc
import inspect
import sys
import threading

import pyspark.ml
import pyspark.ml.functions

# Parts of the client that ask nothing of a server, and those that need Python or files where Spark runs.
ELSEWHERE = {
    "linalg": "vectors and matrices, which the client makes and reads itself",
    "param": "parameters, which the client keeps itself",
    "util": "the readers and writers behind `read`, `load`, `write` and `save`",
    "image": "the schema of the data source `image`, which is absent",
}


def public(module) -> list:
    """The names that a module shows; functions and statistics have no `__all__`."""
    own = [name for name, thing in vars(module).items() if getattr(thing, "__module__", None) == module.__name__]
    return [name for name in getattr(module, "__all__", own) if not name.startswith("_")]


def catalogue() -> dict[str, list[str]]:
    """By module of pyspark.ml, its classes and functions; base classes, of which nobody makes one, are left out."""
    top = {name: getattr(pyspark.ml, name) for name in pyspark.ml.__all__}
    modules = {name: thing for name, thing in top.items() if inspect.ismodule(thing) and name not in ELSEWHERE}
    modules["functions"] = pyspark.ml.functions
    found = {name: [one for one in public(module) if is_made(getattr(module, one))] for name, module in modules.items()}
    return found | {"pipeline": [name for name, thing in top.items() if not inspect.ismodule(thing) and is_made(thing)]}


def is_made(thing) -> bool:
    return inspect.isfunction(thing) or inspect.isclass(thing) and not inspect.isabstract(thing)


NAMES = {name for names in catalogue().values() for name in names}


@contextlib.contextmanager
def noted(uses: set):
    """Adds to `uses` the class of each object whose method runs, and the class that has the method."""

    def note(frame, event, _):
        code = frame.f_code
        is_function = event == "call" and code.co_flags & inspect.CO_OPTIMIZED  # the body of a class is none
        if not is_function or not frame.f_globals.get("__name__", "").startswith("pyspark.ml."):
            return
        first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        kind = first if inspect.isclass(first) else type(first)
        uses.update({kind.__name__, code.co_qualname.partition(".")[0]} & NAMES)

    gc.collect()  # what an earlier case left behind says goodbye to the server by methods of its own
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
