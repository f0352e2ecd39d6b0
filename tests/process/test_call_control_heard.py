"""Who hears whom, by ear: real phones through edge, core and worker, each speaking a tone of its own, measured."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import PACKAGED
from hotline.asking import ask
from hotline.commands import CommandError
from telephony.softphone.remote import Softphone
from tests.process.house import free_port, samples_of, strongest, tone
from tests.running import Hotline, Seat, until

CALLER, NUMBER = "13911118801", "13911118802"
TRUNK = """
trunks:
  - name: carrier
    addresses: [127.0.0.0/8]
    outbound: {{host: 127.0.0.1, port: {port}, allow: ["1[3-9]xxxxxxxxx"], caller_id: "02012348"}}
"""
# Between the harmonics of the music on hold, which stay below 1800 Hz.
TONES = {"caller": 1900, "li": 2200, "wu": 2500, "chief": 2800, "outside": 3100}
SPOKEN, HEARD, SILENT = 8000, 2000.0, 400.0


class House:
    """A hotline, a caller in a talk with li, wu ready, the supervisor chief with a phone, and a number outside."""

    def __init__(self, make: Callable[..., Hotline], stack: ExitStack, folder: Path) -> None:
        self.folder, self.takes = folder, 0
        self.outside = stack.enter_context(Softphone(NUMBER, rtp_port=free_port() & ~1))
        self.hotline = make(TRUNK.format(port=self.outside.sip_port))
        for name, values in (
            ("services.yaml", {"enabled": False}),
            ("shifts.yaml", {"outside": {"action": "person"}, "rosters": []}),
        ):
            kept = yaml.safe_load((PACKAGED / name).read_text(encoding="utf-8")) | values
            (self.hotline.home / name).write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")
        self.hotline.start()
        self.li = self.seat("li", stack)
        self.caller = stack.enter_context(Softphone(CALLER, rtp_port=free_port() & ~1))
        self.caller.dial(self.hotline.number)
        self.caller.wait("answered", 30)
        until(lambda: self.hotline.state_of(CALLER) in ("CLOSED", "ASKING") or None, "the question")
        self.caller.press("0")
        self.hotline.wait_state(CALLER, "TALKING")
        self.call = next(str(each["call"]) for each in self.hotline.board()["calls"] if each["caller"] == CALLER)
        self.wu = self.seat("wu", stack)
        self.phones = {"caller": self.caller, "li": self.li.phone, "wu": self.wu.phone, "outside": self.outside}
        for name, phone in self.phones.items():
            self.speak(name, phone)

    def seat(self, name: str, stack: ExitStack) -> Seat:
        made = Seat(self.hotline, name, self.folder, answer_after=0.2)
        stack.callback(made.close)
        return made

    def supervise(self, stack: ExitStack) -> None:
        self.hotline.cli("user", "add", "chief", "--role", "supervisor")
        [given] = self.hotline.cli("user", "password", "chief", "--sip")
        phone = Softphone(
            self.sip_user("chief"),
            registrar=f"sip:127.0.0.1:{self.hotline.sip_port}",
            password=str(given["sip_password"]),
            realm="12348",
            answer_after=0.1,
            rtp_port=free_port() & ~1,
        )
        self.phones["chief"] = stack.enter_context(phone)
        phone.wait("registered", 30)
        self.speak("chief", phone)

    def sip_user(self, name: str) -> str:
        return str(next(each["sip_user"] for each in self.hotline.cli("user", "list") if each["name"] == name))

    def speak(self, name: str, phone: Softphone) -> None:
        """Its own tone, over and over, in whatever call it is."""
        phone.play(tone(self.folder / f"{name}-speaks.wav", TONES[name], 10), loop=True)

    def ask(self, request: str, by: str = "li", **about: str) -> dict[str, Any]:
        return dict(ask(self.hotline.settings, f"call.{request}", call=self.call, by=by, **about))

    def wait(self, *states: str) -> None:
        def look() -> bool | None:
            calls = [each for each in self.hotline.board()["calls"] if each["call"] == self.call]
            return (bool(calls) and calls[0]["control"]["state"] in states) or None

        until(look, f"the talk {' or '.join(states)}", 30)

    def up(self, name: str) -> None:
        self.phones[name].wait("answered", 30)

    def hear(self, expected: dict[str, set[str]]) -> None:
        """These phones hear these tones, at the latest a moment after what was asked for."""
        for _ in range(4):
            if (heard := self.heard(*expected)) == expected:
                return
        assert heard == expected

    def heard(self, *names: str) -> dict[str, set[str]]:
        """Whose tones each of these phones hears; "music" for sound that is nobody's."""
        self.takes += 1
        files = {name: self.folder / f"{self.takes}-{name}.wav" for name in names}
        for name in names:
            self.phones[name].record(files[name])
        time.sleep(1.0)
        for name in names:
            self.phones[name].stop_recording()
            while self.phones[name].wait("recorded")["file"] != str(files[name]):
                pass  # what an agent's phone records by itself from its answer on
        return {name: tones_in(samples_of(files[name])[-4000:, 0], files[name].name) for name in names}


def tones_in(samples: Any, what: str) -> set[str]:
    """The tones in the last half second: what was on its way when the order came is over by then."""
    found = set()
    for name, hertz in TONES.items():
        level = strongest(samples, hertz)
        assert level > HEARD or level < SILENT, f"{what}: {name} at {level:.0f} is neither heard nor silent"
        if level > HEARD:
            found.add(name)
    if not found and abs(samples).max() > SILENT:
        found.add("music")
    return found


@pytest.fixture
def house(make_hotline: Callable[..., Hotline], tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(make_hotline, stack, tmp_path)


def test_hold_consult_three_way_whisper_and_barge(house: House) -> None:
    with ExitStack() as stack:
        house.supervise(stack)
        house.hear({"caller": {"li"}, "li": {"caller"}})

        house.ask("listen", by="chief")
        house.up("chief")
        silent = {"caller": {"li"}, "li": {"caller"}, "chief": {"caller", "li"}}
        house.hear(silent)
        house.ask("whisper", by="chief")
        house.hear(silent | {"li": {"caller", "chief"}})
        house.ask("barge", by="chief")
        everybody = {"caller": {"li", "chief"}, "li": {"caller", "chief"}, "chief": {"caller", "li"}}
        house.hear(everybody)
        house.ask("leave", by="chief")
        house.phones["chief"].wait("ended", 15)
        house.hear({"caller": {"li"}, "li": {"caller"}})

        house.ask("hold")
        house.hear({"caller": {"music"}, "li": set()})
        house.ask("consult", kind="agent", target="wu")
        house.wait("consult")
        house.hear({"caller": {"music"}, "li": {"wu"}, "wu": {"li"}})
        house.ask("swap")
        house.hear({"caller": {"li"}, "li": {"caller"}, "wu": set()})
        house.ask("conference")
        three = {"caller": {"li", "wu"}, "li": {"caller", "wu"}, "wu": {"caller", "li"}}
        house.hear(three)
        house.ask("mute", kind="leg", target="agent:wu")
        house.hear(three | {"caller": {"li"}, "li": {"caller"}})
        house.ask("unmute", kind="leg", target="agent:wu")
        house.ask("return")
        house.wu.phone.wait("ended", 15)
        until(lambda: house.wu.state() == "READY" or None, "wu, free again")
        # A desk phone's own transfer key. PJSIP tells a 202 as 100; what follows is our NOTIFY.
        house.li.phone.refer("sip:nobody@12348")
        assert [house.li.phone.wait("refer_told", 15)["code"] for _ in "12"] == [100, 404]
        house.hear({"caller": {"li"}, "li": {"caller"}})
        house.li.phone.refer(f"sip:{house.sip_user('wu')}@12348")
        assert [house.li.phone.wait("refer_told", 15)["code"] for _ in "12"] == [100, 200]
        house.li.phone.wait("ended", 15)
        house.wait("talk")
        house.speak("wu", house.wu.phone)  # a phone falls silent with the end of its call
        house.hear({"caller": {"wu"}, "wu": {"caller"}})
        assert (house.li.state(), house.wu.state()) == ("WRAP_UP", "TALKING")

        house.caller.hang_up()
        record = until(lambda: house.hotline.record_of(CALLER), "the record")
        assert (record["outcome"], record["agent"]) == ("answered", "wu")
        until(lambda: house.hotline.records()[0].get("recording_sha256"), "the recording")
        kept = samples_of(house.hotline.settings.recordings / f"{house.call}.wav")
        assert tones_in(kept[:, 0], "left") == {"caller"}, "the caller alone is left"
        right = {name for name, hertz in TONES.items() if strongest(kept[:, 1], hertz) > HEARD}
        assert right == {"li", "wu", "chief"}, "all that is not the caller is right"


def test_numbers_outside_busy_early_and_answered(house: House) -> None:
    house.ask("consult", kind="number", target=NUMBER)
    house.outside.wait("incoming", 30)
    house.outside.answer(486)
    house.wait("talk")
    house.hear({"caller": {"li"}, "li": {"caller"}})
    with pytest.raises(CommandError, match="不在允许呼出"):
        house.ask("consult", kind="number", target="95588")

    house.ask("consult", kind="number", target=NUMBER)
    house.outside.wait("incoming", 30)
    house.outside.answer(200)
    house.wait("consult")
    house.ask("digits", kind="digits", target="12#")
    assert [house.outside.wait("digit")["digit"] for _ in "12#"] == ["1", "2", "#"]
    house.outside.hang_up()
    house.wait("talk")

    house.outside.wait("ended", 15)
    assert house.ask("refer", kind="number", target=NUMBER)["state"] == "referring"
    house.wait("talk")
    [talk] = [each["control"] for each in house.hotline.board()["calls"] if each["call"] == house.call]
    assert talk["trouble"] == 603, "the caller's phone connects nobody by itself: the caller is back"
    house.ask("transfer", kind="number", target=NUMBER)
    house.outside.wait("incoming", 30)
    house.li.phone.wait("ended", 15)
    house.hear({"caller": {"music"}})
    house.outside.answer(183)
    house.speak("outside", house.outside)
    early = until(lambda: house.heard("caller") if house.heard("caller") != {"caller": {"music"}} else None, "early")
    assert early == {"caller": {"outside"}}, "what the far end says before it answers is passed on"
    house.outside.answer(200)
    house.wait("outside")
    house.hear({"caller": {"outside"}, "outside": {"caller"}})
    assert house.li.state() == "WRAP_UP"
    house.outside.hang_up()
    house.hotline.wait_state(CALLER, "RATING", "LEAVING")
    house.caller.hang_up()
    assert until(lambda: house.hotline.record_of(CALLER), "the record")["outcome"] == "answered"
