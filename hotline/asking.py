"""Asking the running core something over core.sock: the command line's end. hotline.desk.asks is the other."""

import socket
from typing import Any, Literal

from config.settings import Settings
from hotline.commands import CommandError
from telephony.link.wire import LinkError, from_line, socket_path, to_line

PATIENCE = 10.0  # seconds


def ask(settings: Settings, question: str, to: Literal["core", "edge"] = "core", **arguments: Any) -> Any:
    """Put one question to the running core, or edge, and return its answer. Raises CommandError."""
    path = socket_path(settings, to)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(PATIENCE)
        try:
            link.connect(str(path))
        except OSError:
            raise CommandError(f"the {to} is not running (nobody listens at {path}); start it: hotline run") from None
        link.sendall(to_line({"hello": "cli"}) + to_line({"ask": question, **arguments}))
        with link.makefile("rb") as lines:
            try:
                line = lines.readline()
            except TimeoutError:
                raise CommandError(f"the {to} did not answer within {PATIENCE:.0f} s") from None
    try:
        answer = from_line(line)
    except LinkError:
        raise CommandError(f"the {to} closed the connection without an answer; see its log") from None
    if "error" in answer:
        raise CommandError(str(answer["error"]))
    return answer["answer"]


def tell_if_running(settings: Settings, question: str) -> None:
    """Let a running core know that something changed; a core that is not running will read it when it starts."""
    try:
        ask(settings, question)
    except CommandError:
        return
