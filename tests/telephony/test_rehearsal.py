"""A worker's rehearsal leaves nothing behind: no fact, no call, no thread; and its INVITE is one that is taken."""

import threading
from typing import Any

from ivr.facts import CALLER
from telephony.worker import rehearsal
from telephony.worker.conversation import Conversation
from telephony.worker.legs.requests import read_invite
from telephony.worker.legs.security import Security
from telephony.worker.rehearsal import INVITE, SDP, rehearse


class Stage:
    """What a rehearsal is given, and what it did with it. PJSIP's own part is played in tests/process."""

    codecs = ("PCMA", "PCMU")
    greeted = 0

    def __init__(self) -> None:
        self.told: list[object] = []
        self.keeping = self.recogniser = None
        self.no_speech, self.silence_seconds = "", 30.0
        self.tell = self.told.append

    def greet(self) -> None:
        self.greeted += 1


def test_nothing_is_left_of_it(monkeypatch: Any) -> None:
    legs: list[tuple[str, Conversation]] = []
    monkeypatch.setattr(rehearsal, "Leg", lambda _account, name, events: legs.append((name, events)))
    stage: Any = Stage()
    before = threading.active_count()
    rehearse(stage, stage, Security(), stage)
    assert (stage.told, stage.greeted, threading.active_count()) == ([], 1, before)
    [(name, conversation)] = legs
    assert (name, conversation.over, conversation.accepted) == (CALLER, True, False)


def test_its_invite_is_one_a_worker_takes() -> None:
    invite = read_invite(INVITE)
    assert (invite.caller, invite.called, invite.trunk) == ("13900000000", "12348", "rehearsal")
    assert Security().refusal(invite.trunk, INVITE) == ""
    head, _, body = INVITE.partition("\r\n\r\n")
    assert body == SDP
    assert f"Content-Length: {len(body)}" in head
