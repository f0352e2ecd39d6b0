"""Calls that come and go: the scenario Asterisk's queue was measured with, seen on the wire. No recogniser.

SIPp callers of 10 s arrive at a steady rate, wait for an agent, talk to a SIPp agent that echoes, RTP both ways,
and hang up. INVITE→200 is seen at the callers' address, queue→agent INVITE at the agents'.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.capture import Capture, Seen
from benchmarks.figures import Figure, spread
from benchmarks.latency import process_seconds
from benchmarks.machine import busy_seconds, load
from benchmarks.site import NOBODY_LISTENS, agents, ready, site
from records.engine import open_database
from records.schema import CallLogRow
from tests.process.sipp import drive, media
from tests.running import Hotline, until

Say = Callable[[str], None]

TONE = 700.0
TALK = 10  # seconds from the 200 to the BYE
WRAP_UP = 0.2
SPARE = 30  # agents more than talk: nobody waits
ASTERISK_ANSWER = {50: (1.4, 3.8, 5.5), 100: (2.1, 4.0, 12.5)}
ASTERISK_QUEUE = {50: (5.3, 12.5, 81), 100: (7.3, 18, 29)}
ASTERISK_CPU = {50: 1.10, 100: 1.11}
"""Queue bridge with MixMonitor, by conversations at once."""

SETTINGS = "workers: {{warm: 12, most: {most}}}\n"


def arrivals(say: Say, levels: list[int], count: int) -> Iterator[Figure]:
    """Figures with as many calls at once as each of `levels` says, `count` calls that count each."""
    if drive.sipp() is None or not drive.may_send_raw():
        say(f"calls that come and go are left out. {drive.MISSING}; it needs the right to open raw sockets")
        return
    most = levels[-1] + SPARE
    more = SETTINGS.format(most=2 * most) + NOBODY_LISTENS
    with TemporaryDirectory(prefix="bench-") as home:
        folder = Path(home)
        with site(folder, direct=True, more=more, wrap_up=WRAP_UP) as hotline:
            say(f"{most} agents get their accounts and register")
            people = agents(hotline, most)
            port = drive.free_udp(drive.AGENTS)
            drive.register(list(people.values()), ("127.0.0.1", hotline.sip_port), port, folder)
            scenario = drive.filled("agent", folder, speak="")
            phones = drive.Sipp(scenario, folder, drive.AGENTS, "-l", "1000", "-rtp_echo", port=port, timeout=900)
            voice = folder / "voice.pcap"
            media.write_pcap(voice, TONE, TALK + 5)
            try:
                ready(hotline, list(people))
                for step, level in enumerate(levels):
                    yield from steady(hotline, say, level, count, voice, step)
            finally:
                phones.stop()


def steady(hotline: Hotline, say: Say, level: int, count: int, voice: Path, step: int) -> Iterator[Figure]:
    """`level` calls at once: so many arrive in TALK seconds. Those of the first TALK seconds do not count."""
    rate = level / TALK
    total = level + count
    folder = voice.parent
    say(f"{rate:g} calls a second, {level} at once")
    capture = Capture(hotline.sip_port)
    words = [f"127.0.0.1:{hotline.sip_port}", "-s", "12348", "-m", str(total), "-l", "3000", "-r", f"{rate:g}"]
    scenario = drive.filled("caller", folder, prefix=f"135{step}00", voice=str(voice))
    began = time.time()
    callers = drive.Sipp(scenario, folder, drive.CALLERS, *words, "-d", str(TALK * 1000), timeout=600)
    try:
        time.sleep(TALK + 2)
        before = used(hotline)
        window = total / rate - TALK - 2
        say(f"measuring {window:.0f} s")
        time.sleep(window)
        after, at_load = used(hotline), load()
        callers.process.wait(90)
    finally:
        callers.stop()
        seen = capture.stop()
    until(lambda: not hotline.board()["calls"] or None, "the end of all calls", 60)
    name = f"{level} at once, arriving"
    notes = {"per_second": rate, "load": at_load, "busy_cores": round((after[1] - before[1]) / window, 2)}
    counted = [(call, ms) for call, ms in answers(seen) if call >= level]
    took = [ms for _, ms in counted]
    yield Figure(f"calls that failed, {name}", total - ended(seen), "calls", None, {**notes, "of": total, "at_most": 0})
    yield from spread(f"INVITE→200, {name}", took, "ms", ASTERISK_ANSWER.get(level, (None,) * 3), **notes)
    dialled = to_agents(hotline, seen, began + TALK)
    yield from spread(f"queue→agent INVITE, {name}", dialled, "ms", ASTERISK_QUEUE.get(level, (None,) * 3), **notes)
    shares = {part: (after[0][part] - before[0][part]) / window / level * 100 for part in before[0]}
    whole = sum(shares.values())
    yield Figure(f"CPU per conversation, {name}", whole, "% of a core", ASTERISK_CPU.get(level), notes)
    for part, share in shares.items():
        yield Figure(f"of which {part}", share, "% of a core", None, notes)


def used(hotline: Hotline) -> tuple[dict[str, float], float]:
    """CPU seconds so far: of the parts of the hotline, and of everything."""
    return process_seconds(hotline), busy_seconds()


def answers(seen: list[Seen]) -> list[tuple[int, float]]:
    """By order of arrival, milliseconds from the first INVITE of a call to its 200."""
    invited: dict[str, float] = {}
    answered: dict[str, float] = {}
    for each in seen:
        if each.source[0] == drive.CALLERS and each.first.startswith("INVITE "):
            invited.setdefault(each.call, each.at)
        if each.target[0] == drive.CALLERS and each.first.startswith("SIP/2.0 200") and each.cseq.endswith("INVITE"):
            answered.setdefault(each.call, each.at)
    order = sorted(invited, key=lambda call: invited[call])
    return [(number, (answered[call] - invited[call]) * 1000) for number, call in enumerate(order) if call in answered]


def ended(seen: list[Seen]) -> int:
    """Calls whose caller hung up and was answered: a talk to its end."""
    byes = [each for each in seen if each.source[0] == drive.CALLERS and each.first.startswith("BYE ")]
    good = {each.call for each in seen if each.first.startswith("SIP/2.0 200") and each.cseq.endswith("BYE")}
    return len({each.call for each in byes} & good)


def to_agents(hotline: Hotline, seen: list[Seen], since: float) -> list[float]:
    """Milliseconds from the fact that sends a call to an agent, in the log, to the INVITE at the phone."""
    database = open_database(hotline.settings)
    try:
        dialled = dict(database.read(dials, since))
    finally:
        database.close()
    rang = {each.ours: each.at for each in seen if each.target[0] == drive.AGENTS and each.first.startswith("INVITE ")}
    return [(rang[call] - at) * 1000 for call, at in dialled.items() if call in rang]


def dials(session: Session, since: float) -> list[tuple[str, float]]:
    log = CallLogRow
    rows = session.execute(select(log.call, log.at).where(log.kind == "command", log.name == "Dial", log.at > since))
    return [(call, at) for call, at in rows]
