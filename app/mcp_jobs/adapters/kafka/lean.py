"""kafka-python's package without its clients: importing any part of it imports all three of them first.

A runner uses none, and its start-up is paid for each message.
"""

import sys
from importlib.util import find_spec, module_from_spec
from typing import Any


def without_clients() -> None:
    """Have `kafka` imported as an empty package, whose own contents are loaded once somebody asks for one."""
    spec = find_spec("kafka")
    if "kafka" in sys.modules or spec is None or spec.loader is None:
        return
    package, load = module_from_spec(spec), spec.loader.exec_module

    def fill(name: str) -> Any:  # a module's __getattr__: PEP 562
        if name.startswith("__"):
            raise AttributeError(name)
        del package.__dict__["__getattr__"]
        load(package)
        return getattr(package, name)

    package.__dict__["__getattr__"] = fill
    sys.modules["kafka"] = package
