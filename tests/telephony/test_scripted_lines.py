"""Scripted calls with lines outside, messages and a crowded queue: tests/calls/lines/*.yaml, told as the others are.

`closed: true` tells a call outside the hours, with a message to be left.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.configured.parts import Read
from ivr.opening import MESSAGES
from ivr.scripts import Script
from tests.telephony.scripted import START, tell

FOLDER = Path(__file__).parents[1] / "calls" / "lines"


def scripts() -> Iterator[Any]:
    for file in sorted(FOLDER.glob("*.yaml")):
        for number, call in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))["calls"], 1):
            yield pytest.param(call, id=f"{file.stem}-{number}")


@pytest.mark.parametrize("told", list(scripts()))
def test_scripted_line(told: dict[str, Any], whole: Script, read: Read) -> None:
    if told.get("closed"):
        whole = replace(whole, hours=lambda _now: MESSAGES["voicemail"])
    tell({"start": START, **told}, whole, read)
