"""The documents show the table and the states as they are."""

from pathlib import Path

from tickets import lifecycle
from tickets.channels.events import FIELDS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_lifecycle_in_the_document_is_the_one_in_the_code() -> None:
    text = (DOCS / "tickets.md").read_text(encoding="utf-8")
    assert lifecycle.table() in text
    assert lifecycle.drawing() in text


def test_every_field_of_an_event_is_documented() -> None:
    text = (DOCS / "channels.md").read_text(encoding="utf-8")
    assert [name for name in FIELDS if f"| `{name}` |" not in text] == []
