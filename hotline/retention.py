"""How long recordings are kept, and the nightly purge of those whose time is over.

The decision is pure and by what a recording is of; holds and complaints that are not closed stop it. Purging marks,
audits and removes in one transaction.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import ensureDeferred

from config.settings import KeepDays, Settings
from ivr.lines.voicemail import MARK
from records import callrecords, recordings
from records.errors import DatabaseError
from records.recordings import Recording
from records.threads import DatabaseThreads
from telephony.recordings import parts_of
from tickets.lifecycle import State
from tickets.numbers import BEIJING
from tickets.ticket import Ticket, list_tickets

log = logging.getLogger(__name__)

DAY = 86400.0
BATCH = 200
WHO = "录音保存期限"
OVER = (State.CLOSED.value, State.ARCHIVED.value)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is a field of config.settings.KeepDays; `why` says in Chinese why it goes, empty while it stays."""

    file: str
    kind: str
    why: str = ""


def kind_of(file: str, outcome: str, tickets: Sequence[Ticket]) -> str:
    """What a recording is of: a complaint wins, then what the file's name says, then whether a person answered."""
    if any(complains(ticket) for ticket in tickets):
        return "complaint"
    if f".{MARK}." in Path(file).name:
        return "voicemail"
    return "talk" if outcome == "answered" else "unanswered"


def complains(ticket: Ticket) -> bool:
    return ticket.category.partition(".")[0] == "complaint"


def judged(recording: Recording, outcome: str, tickets: Sequence[Ticket], keep: KeepDays, now: float) -> Verdict:
    """Whether its time is over."""
    kind = kind_of(recording.file, outcome, tickets)
    days = int(getattr(keep, kind))
    waits = any(complains(ticket) and ticket.state not in OVER for ticket in tickets)
    if recording.held or recording.purged_at is not None or days == 0 or waits:
        return Verdict(recording.file, kind)
    old = now - recording.at >= days * DAY
    return Verdict(recording.file, kind, f"{kind}：{days}天" if old else "")


def shortest(keep: KeepDays) -> int | None:
    """The fewest days anything is kept; None when all is kept for ever."""
    return min((days for days in keep.model_dump().values() if days), default=None)


def next_run(now: float, at: str) -> float:
    """The next time (UTC epoch seconds) the clock in Beijing shows `at` (HH:MM)."""
    hours, minutes = (int(part) for part in at.split(":"))
    local = datetime.fromtimestamp(now, BEIJING)
    run = local.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    return (run if run > local else run + timedelta(days=1)).timestamp()


def look(session: Session, keep: KeepDays, now: float, after: str) -> tuple[list[Verdict], str]:
    """Verdicts on the next recordings behind the file `after`, and the last file looked at; empty at the end."""
    fewest = shortest(keep)
    if fewest is None:
        return [], ""
    found = recordings.listed(session, BATCH, before=now - fewest * DAY, after=after)
    verdicts = []
    for each in found:
        record = callrecords.get(session, each.call)
        tickets = list_tickets(session, call=each.call)
        verdicts.append(judged(each, record.outcome if record else "", tickets, keep, now))
    return verdicts, found[-1].file if found else ""


def purge(session: Session, folder: Path, verdict: Verdict, who: str, now: float) -> bool:
    """Remove one recording, unless it was held meanwhile. Raises OSError, and then nothing is changed."""
    gone = recordings.purge(session, verdict.file, who, verdict.why, now)
    if gone is None:
        return False
    parts_of(folder, verdict.file).hidden.unlink(missing_ok=True)
    (folder / verdict.file).unlink(missing_ok=True)
    return True


class Retention:
    """The nightly job of the core. It says in the log how far it is; a fault ends this night's work only."""

    def __init__(self, reactor: Any, settings: Settings, threads: DatabaseThreads) -> None:
        self._reactor = reactor
        self._folder = settings.recordings
        self._rules = settings.recording
        self._threads = threads
        self._timer: Any = None
        self._stopped = False

    def start(self) -> None:
        """Arm the clock for tonight."""
        now = float(self._reactor.seconds())
        self._timer = self._reactor.callLater(next_run(now, self._rules.purge_at) - now, self._due)

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _due(self) -> None:
        work = ensureDeferred(self.run())
        work.addErrback(lambda failure: log.error("retention: %s", failure.getTraceback()))
        work.addBoth(lambda _none: None if self._stopped else self.start())

    async def run(self) -> int:
        """Purge what is due; how many recordings went."""
        now, after, seen, gone, failed = float(self._reactor.seconds()), "", 0, 0, 0
        try:
            while not self._stopped:
                verdicts, after = await self._threads.read(look, self._rules.keep_days, now, after)
                if not verdicts:
                    break
                seen += len(verdicts)
                for verdict in (each for each in verdicts if each.why):
                    try:
                        gone += await self._threads.write(purge, self._folder, verdict, WHO, now)
                    except OSError as error:
                        failed += 1
                        log.error("retention: %s cannot be removed: %s", verdict.file, error.strerror)
                log.info("retention: %d recordings looked at, %d purged, %d failed", seen, gone, failed)
        except DatabaseError as error:
            log.error("retention: given up for tonight: %s", error)
        return gone
