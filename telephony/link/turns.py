"""How long one thread of a process may keep the others from the interpreter."""

import sys

SWITCH_SECONDS = 0.0005
"""Python's own 5 ms are longer than an order takes: it would lie waiting while a log is written."""


def take_short_turns() -> None:
    """For processes in which a thread waits for calls while another works."""
    sys.setswitchinterval(SWITCH_SECONDS)
