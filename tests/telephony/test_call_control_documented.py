"""The tables of docs/call-control.md are those the code runs on."""

from pathlib import Path

from telephony.control import mixing, table
from telephony.control.talk import Request

TEXT = (Path(__file__).parents[2] / "docs" / "call-control.md").read_text(encoding="utf-8")


def test_the_tables_are_printed_from_the_code() -> None:
    assert mixing.printed() in TEXT
    assert table.printed() in TEXT


def test_every_request_is_explained() -> None:
    assert [each.value for each in Request if f"`call.{each.value}`" not in TEXT] == []
