"""Transfers of a day as figures by the way they went, and those under way with how they stand. PURE.

It decides what counts as answered, as come back and as under way. It must not know the database, nor who reads it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from agent_console.shown import BEIJING_SECONDS
from records.transfer_entry import (
    ANSWERED,
    BUSY,
    CANCELLED,
    EMERGENCY,
    FAILED,
    IN,
    NO_ANSWER,
    NUMBER,
    OPEN,
    OUT,
    REFUSED,
    TO_12345,
    Transfer,
)

DAY_SECONDS = 86400.0
FROM_12345 = "from_12345"
WAYS = {TO_12345: "转12345", NUMBER: "转外线号码", FROM_12345: "12345转来"}
TARGETS = {**WAYS, EMERGENCY: "紧急电话"}
CAME_BACK = {BUSY: "占线", NO_ANSWER: "无人接听", REFUSED: "拒接", FAILED: "未接通"}
OUTCOMES = {OPEN: "正在呼叫", ANSWERED: "已接通", **CAME_BACK, CANCELLED: "已取消"}
STANDS = {
    "ringing_with": "正在呼叫，坐席陪同",
    "ringing_alone": "正在呼叫，来电人等候",
    "ringing": "正在呼叫",
    "joined_with": "已接通，坐席在线",
    "joined": "已接通",
    "waiting": "等待坐席",
    "taken": "坐席接听中",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tries there were, and what became of them; `median` and `longest` are seconds from asked to answered.

    Both are None where none was answered after ringing. `open` still rings; who was answered may still talk.
    """

    tries: int = 0
    answered: int = 0
    busy: int = 0
    no_answer: int = 0
    refused: int = 0
    failed: int = 0
    cancelled: int = 0
    open: int = 0
    median: float | None = None
    longest: float | None = None

    @property
    def came_back(self) -> int:
        """Callers whom nobody took there; who gave up and who was called off is not among them."""
        return self.busy + self.no_answer + self.refused + self.failed


@dataclass(frozen=True, slots=True)
class Running:
    """A transfer under way. `stands` is a key of STANDS, `since` when that began, UTC epoch seconds."""

    transfer: Transfer
    agent: str
    stands: str
    since: float

    @property
    def way(self) -> str:
        return way_of(self.transfer)


def day_start(now: float) -> float:
    """Midnight in Beijing before `now`, both UTC epoch seconds. There is no summer time."""
    return now - (now + BEIJING_SECONDS) % DAY_SECONDS


def way_of(transfer: Transfer) -> str:
    """A key of TARGETS."""
    return FROM_12345 if transfer.kind == TO_12345 and transfer.direction == IN else transfer.kind


def tally(transfers: Iterable[Transfer]) -> Tally:
    found = list(transfers)
    count = {outcome: sum(each.outcome == outcome for each in found) for outcome in OUTCOMES}
    # Answered in the same moment was a transfer after a consultation: nothing rang for the caller.
    rings = [at - each.asked_at for each in found if (at := each.answered_at) is not None and at > each.asked_at]
    return Tally(len(found), **count, median=median(rings) if rings else None, longest=max(rings) if rings else None)


def tallies(transfers: Iterable[Transfer], since: float) -> dict[str, Tally]:
    """Those asked for since then, by the keys of WAYS; emergencies are told apart (agent_console.dangers)."""
    found = [each for each in transfers if each.asked_at >= since]
    return {way: tally(each for each in found if way_of(each) == way) for way in WAYS}


def out(transfers: Iterable[Transfer], since: float) -> Tally:
    """All that went out since then but emergencies."""
    return tally(
        each for each in transfers if each.asked_at >= since and each.direction == OUT and each.kind != EMERGENCY
    )


def running(transfers: Iterable[Transfer], calls: Mapping[str, Mapping[str, Any]] | None) -> list[Running]:
    """Those under way, the longest first. `calls` are the calls that are up by id, None where that is not known now.

    A transfer of a call that is not up any more is over, whatever its row says: a power cut left it.
    """
    found = []
    for each in transfers:
        if each.ended_at is not None or each.outcome not in (OPEN, ANSWERED):
            continue
        call = calls.get(each.call) if calls is not None else None
        if calls is not None and call is None:
            continue
        found.append(stands(each, None if call is None else str(call["agent"] or "")))
    return sorted(found, key=lambda one: one.transfer.asked_at)


def stands(transfer: Transfer, agent: str | None) -> Running:
    """How one stands with `agent` on the call: empty for nobody, None where that is not known."""
    answered = transfer.outcome == ANSWERED
    since = transfer.answered_at if answered and transfer.answered_at is not None else transfer.asked_at
    if transfer.direction == IN:
        return Running(transfer, agent or "", "taken" if answered else "waiting", since)
    with_agent = {None: "", "": "_alone"}.get(agent, "_with")
    code = ("joined" if with_agent != "_with" else "joined_with") if answered else f"ringing{with_agent}"
    return Running(transfer, agent or transfer.by, code, since)
