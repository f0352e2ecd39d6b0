"""What each person may see of the board. PURE.

It decides which numbers are masked and what leaves the house at all. It must not know how it is sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ivr.needs.reasons import parts
from records.masking import masked, masked_words
from records.utterance import Utterance

Board = Mapping[str, Any]
BUSY = ("RINGING", "TALKING", "WRAP_UP")
DANGERS = ("emergency", "crisis")


def mine(board: Board, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The agent's own state and call, the number in full; for everybody else only the state of the house."""
    me = agent_in(board, name)
    call = call_in(board, me["call"]) if me is not None and me["state"] in BUSY else None
    return {"me": me, "call": own_sight(named(call, labels), name) if call else None, **house(board, labels)}


def hall(board: Board, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The queue page: who waits for what, who is at work. Numbers masked for every role, no word of what was said."""
    callers = {call["call"]: masked(call["caller"]) for call in board["calls"]}
    queue = [{**named(waiting, labels), "caller": callers.get(waiting["call"], "")} for waiting in board["queue"]]
    calls = [
        {**own_sight(named(call, labels), name), "caller": masked(call["caller"]), "transcript": "", "reasons": []}
        for call in board["calls"]
        if call["state"] != "ENDED"
    ]
    limit = board.get("load_limit", 1.0)
    return {
        **mine(board, name, labels),
        "agents": list(board["agents"]),
        "queue": queue,
        "calls": calls,
        "load_limit": limit,
    }


def watched(board: Board, call: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """One call for whoever looks on: as on the queue page, and nothing of it once it is over."""
    found = call_in(board, call)
    if found is not None:
        found = {
            **own_sight(named(found, labels), ""),
            "caller": masked(found["caller"]),
            "transcript": masked_words(found["transcript"]),
        }
    return {"me": None, "call": found, **house(board, labels)}


def own_call(board: Board, name: str) -> str:
    """The call this agent talks in or has just talked in; empty for everybody else, and once others talk in it."""
    me = agent_in(board, name)
    if me is None or me["state"] not in ("TALKING", "WRAP_UP"):
        return ""
    call = call_in(board, me["call"]) if me["state"] == "WRAP_UP" else None
    return "" if call is not None and call["agent"] not in ("", name) else str(me["call"] or "")


def words(said: Sequence[Utterance], whole: bool) -> list[dict[str, Any]]:
    """What was said as a page shows it; numbers in it are masked for all but the one who was told them."""
    return [
        {
            "leg": each.leg,
            "at": each.at,
            "seconds": each.seconds,
            "text": each.text if whole else masked_words(each.text),
        }
        for each in said
    ]


def house(board: Board, labels: Mapping[str, str]) -> dict[str, Any]:
    """How many wait on the line and since when, and what is out of order; who is to be called back waits elsewhere."""
    waits = [waiting for waiting in board["queue"] if not waiting.get("callback")]
    oldest = min((waiting["since"] for waiting in waits), default=None)
    return {
        "waiting": len(waits),
        "oldest": oldest,
        "speech": dict(board["speech"]),
        "log": dict(board["log"]),
        "recording": dict(board.get("recording") or {"ok": True, "reason": ""}),
        "closure": board.get("closure"),
        "alarms": [named(each, labels) for each in alarms(board)],
    }


def alarms(board: Board) -> list[dict[str, Any]]:
    """The calls of people in danger, for everybody at work to see; without number and without words.

    `line` is the emergency line that was called last, `outcome` what became of it, empty where none was.
    """
    found = []
    for call in board["calls"]:
        lines = [each for each in call.get("outside", ()) if each["kind"] == "emergency"]
        if call["state"] == "ENDED" or not (lines or call["label"].partition(".")[0] in DANGERS):
            continue
        last = lines[-1] if lines else {"number": "", "outcome": "", "ended_at": None}
        over = "over" if last["outcome"] == "answered" and last["ended_at"] is not None else last["outcome"]
        alarm = {"call": call["call"], "label": call["label"], "line": last["number"], "outcome": over}
        found.append({**alarm, "since": call["arrived_at"], "agent": call["agent"]})
    return found


def named(item: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """`item` with the name people read beside the code of its label, and the reasons for its agent in words."""
    found = {**item, "label_name": labels.get(item["label"], item["label"])}
    if "reasons" in item:
        found["reasons"] = [parts(why, labels) for why in item["reasons"]]
    return found


def own_sight(call: dict[str, Any], name: str) -> dict[str, Any]:
    """The call without who listens to it: each sees their own listening only."""
    control = {**call["control"]}
    watching = control.pop("watchers").get(name, "")
    return {**call, "control": {**control, "watching": watching}}


def has_call(board: Board, name: str, call: str) -> bool:
    """Whether the agent's phone rings for `call`, or the agent talks in it or writes its record."""
    return any(a["name"] == name and a["call"] == call and a["state"] in BUSY for a in board["agents"])


def agent_in(board: Board, name: str) -> dict[str, Any] | None:
    """The agent `name` as the board has it."""
    return next((dict(agent) for agent in board["agents"] if agent["name"] == name), None)


def call_in(board: Board, call: str) -> dict[str, Any] | None:
    """The call as the board has it while it is up."""
    return next((dict(found) for found in board["calls"] if found["call"] == call), None)
