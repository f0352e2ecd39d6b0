"""Scripted calls: tests/calls/*.yaml, and sentences at the open question."""

from typing import Any

import pytest
import yaml

from hotline.configured.parts import Read
from ivr.commands import Play
from ivr.facts import HeardSoFar
from ivr.scripts import Script
from ivr.session import State
from tests.telephony.scripted import CALLS, START, Telling, make, said, scripts, tell


@pytest.mark.parametrize("told", list(scripts()))
def test_scripted_call(told: dict[str, Any], script: Script, read: Read) -> None:
    tell(told, script, read)


SENTENCES = yaml.safe_load((CALLS[0].parent / "sentences.yaml").read_text(encoding="utf-8"))["sentences"]
DANGERS = ("emergency.police", "crisis")


@pytest.mark.parametrize("each", SENTENCES, ids=lambda each: each["says"])
def test_sentence(each: dict[str, Any], script: Script, read: Read) -> None:
    """A sentence at the open question, told as partials first: before its end only danger is acted on."""
    telling = asked(script, each["says"], partials=True)
    sheet = telling.board.calls["c1"].sheet
    plays = [order for order in telling.given if isinstance(order, Play)]
    assert [play.prompt for play in plays] == [each["then"]]
    assert sheet.label in ([each["label"]] if isinstance(each["label"], str) else each["label"])
    assert each.get("asked", "") in said(plays[0], read)
    assert (sheet.transcript == each["says"]) or each["label"] in DANGERS
    for answer, label in each.get("answers", {}).items():
        again = asked(script, each["says"])
        again.hear(answer, "c1")
        assert again.board.calls["c1"].sheet.label == label, answer
        assert again.board.calls["c1"].session.state is State.WAITING
        assert again.replayed() == again.orders


def asked(script: Script, text: str, partials: bool = False) -> Telling:
    """The open question, answered with `text`."""
    telling = Telling(script, START)
    for name, fields in (("Arrived", {}), ("Answered", {}), ("PromptEnded", {"prompt": "notice"})):
        telling.take(make(name, fields), telling.now + 1)
    telling.given = []
    for end in range(1, len(text)) if partials else ():
        telling.take(HeardSoFar("c1", text[:end]), telling.now + 0.1)
    telling.hear(text, "c1")
    return telling
