"""The wire form: every fact and command survives the trip, and what is malformed says which field."""

import socket
import stat
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from config.settings import Settings
from ivr.commands import HangUp, Play
from ivr.facts import Heard, LegEnded
from telephony.link import wire

SAMPLES: dict[Any, Any] = {
    str: "法律援助",
    bool: True,
    int: 486,
    float: 0.5,
    tuple[str, ...]: ("/a.wav", "/b.wav"),
}


def filled(kind: Any) -> Any:
    hints = get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name]) for field in fields(kind)})


def sample(kind: Any) -> Any:
    """A value of that kind; tuples of tuples are made of their parts."""
    if kind in SAMPLES:
        return SAMPLES[kind]
    parts = get_args(kind)
    return (sample(parts[0]),) * 2 if parts[1:] == (...,) else tuple(sample(part) for part in parts)


@pytest.mark.parametrize("kind", wire.FACTS.values(), ids=lambda kind: kind.__name__)
def test_every_fact_survives(kind: Any) -> None:
    fact = filled(kind)
    assert wire.decode_fact(wire.from_line(wire.to_line({"seq": 3} | wire.encode_fact(fact)))) == fact


@pytest.mark.parametrize("kind", wire.COMMANDS.values(), ids=lambda kind: kind.__name__)
def test_every_command_survives(kind: Any) -> None:
    command = filled(kind)
    assert wire.decode_command(wire.from_line(wire.to_line(wire.encode_command(command)))) == command


def test_a_reason_in_another_code_than_utf_8_costs_a_character_and_not_the_fact() -> None:
    reason = b"Busy \xc3\xa6 \xc3".decode("utf-8", "surrogateescape")
    line = wire.to_line({"seq": 3} | wire.encode_fact(LegEnded("c", "caller", 486, reason)))
    assert wire.decode_fact(wire.from_line(line)) == LegEnded("c", "caller", 486, "Busy æ ?")


def test_tables_hold_what_the_modules_define() -> None:
    assert {"Arrived", "Heard", "WorkerLost"} <= set(wire.FACTS)
    assert {"Answer", "Dismiss"} <= set(wire.COMMANDS)
    assert "Fact" not in wire.FACTS and "Command" not in wire.COMMANDS


def test_defaults_may_be_left_out() -> None:
    assert wire.decode_command({"command": "HangUp", "call": "c", "leg": "caller"}) == HangUp("c", "caller", 0)


def test_whole_numbers_serve_as_seconds() -> None:
    message = {"fact": "Heard", "call": "c", "text": "", "confidence": 1, "seconds": 2}
    assert wire.decode_fact(message) == Heard("c", "", 1.0, 2.0)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"command": "Fly", "call": "c"}, "Fly"),
        ({"command": ["Play"], "call": "c"}, "none of"),
        ({"call": "c"}, "None"),
        ({"command": "Dial", "call": "c", "leg": "l"}, "uri, caller"),
        ({"command": "Play", "call": "c", "prompt": "p", "files": "a.wav"}, "Play.files"),
        ({"command": "Play", "call": "c", "prompt": "p", "files": [1]}, "Play.files"),
        ({"command": "Enqueue", "call": "c", "label": "l", "priority": 0, "needs": [["lang.wu"]]}, "Enqueue.needs"),
        ({"command": "Enqueue", "call": "c", "label": "l", "priority": 0, "needs": [["a", "1"]]}, "Enqueue.needs"),
        ({"command": "HangUp", "call": "c", "leg": "l", "code": True}, "HangUp.code"),
        ({"command": "HangUp", "call": "c", "leg": 5}, "HangUp.leg"),
    ],
)
def test_malformed_commands_are_named(message: wire.Message, words: str) -> None:
    with pytest.raises(wire.LinkError, match=words):
        wire.decode_command(message)


@pytest.mark.parametrize("line", [b"{", b"[1]", b"\xff\xfe", b"7", b"[" * 100_000])
def test_lines_that_are_no_object(line: bytes) -> None:
    with pytest.raises(wire.LinkError):
        wire.from_line(line)


def test_an_error_does_not_show_what_was_said() -> None:
    with pytest.raises(wire.LinkError) as caught:
        wire.decode_fact({"fact": "Heard", "call": "c", "text": ["秘密"], "confidence": 1.0, "seconds": 1.0})
    assert "秘密" not in str(caught.value)


def test_a_stream_is_cut_into_lines_wherever_it_breaks() -> None:
    stream = wire.to_line({"a": "您好"}) + b"\n" + wire.to_line(wire.encode_command(Play("c", "p", ("/x.wav",))))
    for cut in range(len(stream)):
        lines = wire.Lines()
        assert [*lines.feed(stream[:cut]), *lines.feed(stream[cut:])] == [
            {"a": "您好"},
            {"command": "Play", "call": "c", "prompt": "p", "files": ["/x.wav"], "barge_in": False},
        ]


def test_a_line_without_an_end_is_refused() -> None:
    lines = wire.Lines()
    with pytest.raises(wire.LinkError):
        for _ in range(20):
            lines.feed(b"x" * 100_000)
    with pytest.raises(wire.LinkError):
        wire.to_line({"text": "x" * wire.LONGEST_LINE})


def test_socket_paths(tmp_path: Path) -> None:
    near = Settings(home=Path("/h"), folder=tmp_path)
    assert wire.socket_path(near, "core") == Path("/h/run/core.sock")
    far = Settings(home=Path("/" + "深" * 40), folder=tmp_path)
    path = wire.socket_path(far, "nursery")
    assert path.name == "nursery.sock" and len(str(path)) <= wire.LONGEST_PATH
    assert path == wire.socket_path(far, "nursery")
    assert path.parent != wire.socket_path(Settings(home=Path("/" + "远" * 40), folder=tmp_path), "nursery").parent


def test_the_folder_is_private_and_a_dead_socket_makes_way(tmp_path: Path) -> None:
    path = tmp_path / "run" / "core.sock"
    wire.prepare(path)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(wire.LinkError, match="another process"):
            wire.prepare(path)
    wire.prepare(path)
    assert not path.exists()
