"""How quick the hotline is: INVITE to 200, a digit to the next prompt, to an agent's INVITE."""

import random
import time
from collections.abc import Callable

import numpy as np

from benchmarks.figures import Figure, spread
from benchmarks.machine import children, command, cpu_seconds, ended_children_seconds, load
from benchmarks.phones import AgentPhone, Call, Caller, wait
from benchmarks.site import ready, talking
from hotline.asking import ask
from records import calllog
from records.engine import open_database
from tests.process.sipp.drive import User
from tests.process.sipp.media import FRAME, from_ulaw
from tests.running import Hotline, until

Say = Callable[[str], None]

PER_SECOND = 10
UP_SECONDS = 1.03  # not a multiple of the pause between two calls: none begins as another ends
WARM_UP = 10
LOUD = 1000
PARTS = ("edge", "core", "workers")


def invite_to_200(hotline: Hotline, say: Say, count: int) -> list[Figure]:
    """`count` calls, PER_SECOND each second, each up for UP_SECONDS; before them WARM_UP that do not count."""
    caller = Caller(("127.0.0.1", hotline.sip_port))
    before = process_seconds(hotline)
    begin = time.time() + 0.1
    to_hang_up: list[tuple[float, Call]] = []
    total = WARM_UP + count
    number = 0
    while number < total or to_hang_up:
        now = time.time()
        if number < total and now >= begin + number / PER_SECOND:
            call = caller.dial(f"1370000{number:04}")
            to_hang_up.append((now + UP_SECONDS, call))
            number += 1
            if number % 25 == 0:
                say(f"INVITE→200: {number} of {total}")
        while to_hang_up and to_hang_up[0][0] <= now:
            _, call = to_hang_up.pop(0)
            if call.code == 200:
                caller.hang_up(call)
        due = [begin + number / PER_SECOND] if number < total else []
        wait([caller.sip], min([*due, *(at for at, _ in to_hang_up[:1])], default=now))
        caller.take()
    calls = list(caller.calls.values())[WARM_UP:]
    caller.take_until(time.time() + 2.0)
    caller.close()
    after = process_seconds(hotline)
    good = [(each.answered - each.sent) * 1000 for each in calls if each.code == 200 and each.answered and each.sent]
    if not good:
        raise RuntimeError(f"none of {count} calls was answered; see {hotline.home / 'run.log'}")
    notes = {"calls": count, "answered": len(good), "per_second": PER_SECOND, "load": load()}
    return [
        *spread("INVITE→200", good, "ms", (1.4, 2.4, 3.3), **notes),
        *(
            Figure(f"CPU of a call of 1 s: {name}", (after[name] - before[name]) / total * 1000, "ms", None, notes)
            for name in after
        ),
    ]


def process_seconds(hotline: Hotline) -> dict[str, float]:
    """CPU seconds so far of edge, core and nursery, and of all workers there are and were."""
    assert hotline.process is not None
    pids = {what: pid for pid in children(hotline.process.pid) for what in command(pid) if what in PARTS}
    used = {what: cpu_seconds([pid])[pid] for what, pid in pids.items()}
    used["nursery"] = used.pop("workers")
    alive = sum(cpu_seconds(children(pids["workers"])).values())
    return used | {"workers": ended_children_seconds(pids["workers"]) + alive}


def digit_to_prompt(hotline: Hotline, say: Say, presses: int) -> list[Figure]:
    """From a digit's first RFC 4733 packet to the first packet of the prompt it leads to; the recogniser listens."""
    caller = Caller(("127.0.0.1", hotline.sip_port))
    call = caller.dial("13600000001")
    caller.take_until(time.time() + 2.5)
    assert call.code == 200, f"the call was answered with {call.code}"
    took = []
    for number in range(presses):
        drain(caller)
        pressed = caller.press(call, "9", 160000 + number * 16000)
        until_loud = first_loud(caller, pressed + 3)
        if until_loud is not None:
            took.append((until_loud - pressed) * 1000)
        caller.take_until(time.time() + 0.4 + random.random() * 0.3)
        if number % 10 == 9:
            say(f"digit→prompt: {number + 1} of {presses}")
    caller.hang_up(call)
    caller.take_until(time.time() + 0.3)
    caller.close()
    if not took:
        raise RuntimeError("no prompt was heard after a digit")
    return spread("digit→prompt", took, "ms", (1.6, 2.2, 3.3), presses=presses, load=load())


def drain(caller: Caller) -> None:
    while caller.rtp.receive() is not None:
        pass


def first_loud(caller: Caller, until_time: float) -> float | None:
    """When the first packet came in which something can be heard."""
    while time.time() < until_time:
        while (came := caller.rtp.receive()) is not None:
            payload = came.data[12 : 12 + FRAME]
            if came.data[1] & 0x7F == 0 and payload and np.abs(from_ulaw(payload).astype(np.int32)).max() > LOUD:
                return came.at
        wait([caller.rtp], until_time)
    return None


def freed_agent(hotline: Hotline, say: Say, name: str, user: User, rounds: int) -> list[Figure]:
    """One agent, callers waiting: from the word that the agent is ready again to the next call at their phone."""
    phone = AgentPhone(("127.0.0.1", hotline.sip_port), user)
    phone.register()
    caller = Caller(("127.0.0.1", hotline.sip_port))
    waiting = [caller.dial(f"1350000{number:04}") for number in range(3)]
    caller.take_until(time.time() + 2.0)
    ready(hotline, [name])
    took: list[float] = []
    for number in range(rounds + 1):
        serve(hotline, phone, caller, number + 1)
        ended = next(call for call in waiting if call.number == talking_number(hotline))
        waiting.remove(ended)
        caller.hang_up(ended)
        waiting.append(caller.dial(f"1350001{number:04}"))
        until(lambda: state(hotline, name) == "WRAP_UP" or None, "the agent in wrap-up")
        caller.take_until(time.time() + 0.4)
        freed = time.time()
        ask(hotline.settings, "agent.ready", name=name)
        serve(hotline, phone, caller, number + 2)
        took.append((max(phone.rang.values()) - freed) * 1000)
        if number % 5 == 4:
            say(f"freed agent→INVITE: {number + 1} of {rounds}")
    for call in waiting:
        caller.hang_up(call)
    caller.take_until(time.time() + 0.5)
    serve_end = time.time() + 0.5
    while time.time() < serve_end:
        wait([phone.sip], serve_end)
        phone.take()
    ask(hotline.settings, "agent.pause", name=name)
    phone.close()
    caller.close()
    return spread("freed agent→INVITE", took[1:], "ms", (894, None, 1000), load=load())


def queue_to_agent(hotline: Hotline, say: Say, name: str, user: User, rounds: int) -> list[Figure]:
    """A free agent, one caller after another: from the fact that sends a call to the agent to the phone's INVITE."""
    phone, caller = AgentPhone(("127.0.0.1", hotline.sip_port), user), Caller(("127.0.0.1", hotline.sip_port))
    phone.register()
    took: list[float] = []
    database = open_database(hotline.settings)
    try:
        for number in range(rounds + 1):
            until(lambda: (state(hotline, name) in ("PAUSED", "WRAP_UP")) or None, "an agent who can be ready")
            ready(hotline, [name])
            call = caller.dial(f"1350002{number:04}")
            serve(hotline, phone, caller, number + 1)
            [ours] = [each["call"] for each in hotline.board()["calls"] if each["caller"] == call.number]
            dialled = [entry.at for entry in database.read(calllog.of_call, ours) if entry.name == "Dial"]
            took.append((max(phone.rang.values()) - dialled[0]) * 1000)
            caller.hang_up(call)
            until(lambda: state(hotline, name) == "WRAP_UP" or phone.take(), "the agent in wrap-up")
            if number % 5 == 4:
                say(f"queue→agent INVITE: {number + 1} of {rounds}")
    finally:
        database.close()
        ask(hotline.settings, "agent.pause", name=name)
        phone.close()
        caller.close()
    return spread("queue→agent INVITE", took[1:], "ms", (5.3, 12.5, 81), load=load())


def serve(hotline: Hotline, phone: AgentPhone, caller: Caller, rung: int) -> None:
    """Take what comes until `rung` calls have rung at the phone and one is talked to."""
    end = time.time() + 20
    while time.time() < end:
        wait([phone.sip, caller.sip], time.time() + 0.1)
        phone.take()
        caller.take()
        if len(phone.rang) >= rung and talking(hotline) == 1:
            return
    raise RuntimeError(f"the agent's phone rang {len(phone.rang)} times instead of {rung}")


def talking_number(hotline: Hotline) -> str:
    return next(str(call["caller"]) for call in hotline.board()["calls"] if call["state"] == "TALKING")


def state(hotline: Hotline, name: str) -> str:
    return next(str(agent["state"]) for agent in hotline.board()["agents"] if agent["name"] == name)
