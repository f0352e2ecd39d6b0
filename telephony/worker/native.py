"""Functions of PJSIP that pjsua2 links in but does not show, by their C names."""

import ctypes
from collections.abc import Callable
from importlib import import_module


def native(name: str) -> Callable[..., int] | None:
    """A function that takes and returns int; None where it is hidden."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(import_module("pjsua2._pjsua2").__file__), name)
    except (ImportError, OSError, AttributeError):
        return None
    return found


remove_port = native("pjsua_conf_remove_port")
"""Takes a port off the bridge; pjsua2 calls it only where it frees the port."""

count_calls = native("pjsua_call_get_count")
"""How many calls there are."""
