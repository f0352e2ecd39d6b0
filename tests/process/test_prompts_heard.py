"""A waiting caller really hears their place: made of parts, carried over RTP, written down by the recogniser."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml

from config.load import PACKAGED
from ivr.speech.recogniser import load_model, transcribe
from ivr.speech.sound import read_wav
from ivr.speech.store import find
from telephony.softphone.remote import Softphone
from tests.process.house import ask_for_person
from tests.running import Hotline, until

CALLER = "13911110078"


def test_the_place_in_the_queue_is_heard_by_the_caller(make_hotline: Callable[..., Hotline], tmp_path: Path) -> None:
    hotline = make_hotline()
    tree = yaml.safe_load((PACKAGED / "ivr.yaml").read_text(encoding="utf-8")) | {"announce_every_seconds": 2}
    tree["prompts"] |= {"notice": "本次通话将被录音。", "still_waiting": "请继续等待。"}
    (hotline.home / "ivr.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    hotline.start()
    heard = tmp_path / "heard.wav"
    with Softphone(CALLER) as phone:
        ask_for_person(hotline, phone, CALLER, state="WAITING")
        phone.record(heard)
        call = next(each["call"] for each in hotline.board()["calls"] if each["caller"] == CALLER)
        until(lambda: announced(hotline, call) or None, "the end of the second announcement")
        phone.hang_up()
    samples = read_wav(heard)
    model = load_model(find("default", hotline.settings.models))
    line = np.concatenate([samples, np.zeros(8000, np.int16)])
    text = "".join(final.text for final in transcribe(model, line.tobytes()))
    assert "在第一" in text, text


def announced(hotline: Hotline, call: str) -> bool:
    """Whether an announcement with files of a place has begun, and was followed by another: so it was heard whole."""
    files = [entry["fields"].get("files", ()) for entry in hotline.cli("calls", call)]
    return sum(any("part.第一位" in file for file in each) for each in files) > 1
