"""How long calls wait for a process that does something else: another thread's turn, and the garbage collector's."""

import gc
import sys

SWITCH_SECONDS = 0.0005
"""Python's own 5 ms are longer than an order takes: it would lie waiting while a log is written."""


def take_short_turns() -> None:
    """For processes in which a thread waits for calls while another works."""
    sys.setswitchinterval(SWITCH_SECONDS)


def settle() -> None:
    """What has been loaded by now is never looked at again for garbage; what comes from now on is.

    A full collection goes through everything there is: 90 ms in an edge and 200 ms in a core that have just begun, in
    which nobody is answered.
    """
    gc.freeze()
