"""A worker whose PJSIP has no call left, on real SIP: a leg that ends keeps its call until the far end has answered.

Whoever is dialled meanwhile is dialled then, and nobody has to ask for it again.
"""

import select
import threading
import time
from collections.abc import Iterator

import pytest

from benchmarks.phones import Came, Message, Socket, reply, sdp
from telephony.softphone.remote import Softphone
from tests.process.house import House


class Far(threading.Thread):
    """All phones at one address: who is called `up…` answers at once, `busy…` declines, anybody else rings.

    BYE and CANCEL are answered `slow` seconds later, the INVITE with them; not at all while that is None.
    """

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.slow: float | None = 0.0
        self.called: list[str] = []
        self._sip, self._rtp = Socket("127.0.0.1", port), Socket("127.0.0.1")
        self._invites: dict[str, Came] = {}
        self._later: list[tuple[float, bytes, tuple[str, int]]] = []
        self._open = True
        self.start()

    def run(self) -> None:
        while self._open:
            select.select([self._sip], [], [], 0.01)
            while (came := self._sip.receive()) is not None:
                self._take(came, Message(came.data))
            for each in [each for each in self._later if each[0] <= time.time()]:
                self._later.remove(each)
                self._sip.send(each[1], each[2])

    def _take(self, came: Came, message: Message) -> None:
        method = message.start.partition(" ")[0]
        if method == "INVITE" and message.get("call-id") not in self._invites:
            self._invites[message.get("call-id")] = came
            user = message.start.partition("sip:")[2].partition("@")[0]
            self.called.append(user)
            contact = f"Contact: <sip:{user}@127.0.0.1:{self._sip.address[1]}>\r\n"
            body = sdp(self._rtp.address) if user.startswith("up") else ""
            kind = "Content-Type: application/sdp\r\n" if body else ""
            code = 200 if body else 486 if user.startswith("busy") else 180
            self._sip.send(reply(message, code, contact + kind, body), came.source)
        elif method in ("BYE", "CANCEL") and self.slow is not None:
            self._later.append((time.time() + self.slow, reply(message, 200), came.source))
            if method == "CANCEL":
                invite = self._invites[message.get("call-id")]
                self._later.append((time.time() + self.slow, reply(Message(invite.data), 487), invite.source))

    def close(self) -> None:
        self._open = False
        self.join(5)
        self._sip.close()
        self._rtp.close()


@pytest.fixture
def far(house: House) -> Iterator[Far]:
    phones = Far(house.inside)
    yield phones
    phones.close()


def dial(house: House, call: str, leg: str, user: str, **more: object) -> None:
    house.core.order(call, "Dial", leg=leg, uri=f"sip:{user}@127.0.0.1", caller="1", **more)


def full(house: House, caller: Softphone, fourth: str) -> str:
    """Caller, agent, specialist and 12345; the call."""
    call = house.call(caller)
    for leg, user in (("agent:a", "up1"), ("agent:b", "up2")):
        dial(house, call, leg, user)
        house.core.wait("LegAnswered", leg=leg)
    dial(house, call, "line:12345", fourth)
    house.core.wait("LegAnswered" if fourth.startswith("up") else "LegRinging", leg="line:12345")
    return call


@pytest.mark.parametrize("fourth", ["12345", "up12345"], ids=["rings", "talks"])
def test_a_line_is_dialled_as_soon_as_the_one_before_it_has_let_go(
    house: House, far: Far, caller: Softphone, fourth: str
) -> None:
    call, far.slow = full(house, caller, fourth), 0.6
    house.core.order(call, "HangUp", leg="line:12345")
    dial(house, call, "line:110", "110", headers=[["X-Hotline-Emergency", "1"]])
    given_up = house.core.wait("LegEnded", leg="line:12345")
    assert "110" not in far.called, "PJSIP has no fifth call"
    rang = house.core.wait("LegRinging", leg="line:110")
    assert 0.5 < rang["at"] - given_up["at"] < 3
    assert [fact["leg"] for fact in house.core.facts if fact["fact"] == "LegEnded" and fact["call"] == call] == [
        "line:12345"
    ]
    far.slow = 0.0
    house.finish(call, caller)


def test_one_that_waits_for_a_phone_that_is_gone_can_be_given_up(house: House, far: Far, caller: Softphone) -> None:
    call, far.slow = full(house, caller, "up12345"), None
    house.core.order(call, "HangUp", leg="line:12345")
    dial(house, call, "line:110", "110")
    house.core.wait("LegEnded", leg="line:12345")
    house.core.order(call, "SendDigits", leg="line:110", digits="1")
    assert "SendDigits" in house.core.wait("WorkerFailed")["reason"], "PJSIP is asked nothing about it"
    house.core.order(call, "Mix", pairs=[["caller", "line:110"], ["line:110", "caller"]])
    house.core.order(call, "HangUp", leg="line:110")
    assert house.core.wait("LegEnded", leg="line:110")["code"] == 487
    dial(house, call, "line:110", "110")
    house.core.order(call, "Dismiss")
    legs = {house.core.wait("LegEnded", call=call)["leg"] for _ in range(4)}
    assert legs == {"caller", "agent:a", "agent:b", "line:110"}
    assert "110" not in far.called
    caller.wait("ended")


def test_phones_that_all_decline_at_once_do_not_end_the_worker(house: House, far: Far, caller: Softphone) -> None:
    """One after the other, as the router rings them: an ended leg's sockets are PJSIP's for half a second more."""
    call = house.call(caller)
    for number in range(40):
        dial(house, call, f"agent:{number}", f"busy{number}")
        assert house.core.wait("LegEnded", leg=f"agent:{number}")["code"] == 486
    dial(house, call, "line:110", "110", headers=[["X-Hotline-Emergency", "1"]])
    house.core.wait("LegRinging", leg="line:110")
    assert len(far.called) == 41
    house.finish(call, caller)


def test_a_fifth_party_is_refused_at_once(house: House, far: Far, caller: Softphone) -> None:
    call = full(house, caller, "up12345")
    dial(house, call, "line:110", "110")
    assert house.core.wait("LegEnded", leg="line:110")["code"] == 500
    house.finish(call, caller)
