"""The call log and the call records on their way to a database that may be away.

A log that cannot be written is said and never ends a call: entries wait in memory, bounded, until the log takes them
again, and then the records with them. It must not know what the entries mean.
"""

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred, succeed

from records import transcripts, transfers
from records.calllog import Entry
from records.callrecords import CallRecord
from records.errors import DatabaseError
from records.threads import DatabaseThreads
from telephony.calls.sheet import Sheet
from telephony.core import evidence
from telephony.core.remembered import Remembered
from telephony.core.sides import Keep

log = logging.getLogger(__name__)

APART = (
    "call",
    "said",
    "why",
    "recordings",
    "measured",
    "carried",
    "ticket",
    "outside",
)  # of a sheet, what is no part of its record
MOST_UNWRITTEN = 100_000  # entries kept in memory while the log cannot be written
RETRY_SECONDS = 2.0
BEHIND = 0.5  # seconds a record may lie behind its call, but not in what is urgent of it


class Writing:
    """`keep_record` writes one record, with the one written last of its call where that is certain; `changed` is told
    when the trouble begins, changes or ends."""

    def __init__(
        self,
        reactor: Any,
        threads: DatabaseThreads,
        keep_record: Keep,
        changed: Callable[[], None],
    ) -> None:
        self.trouble = ""  # why the call log cannot be written now; empty when it can
        self._reactor = reactor
        self._threads = threads
        self._keep_record = keep_record
        self._changed = changed
        self._unwritten: list[Entry] = []
        self._latest: dict[str, Sheet] = {}  # by call, while its record as it stands now is not in the database
        self._refused: list[Sheet] = []  # those it did not take
        self._untaken: set[str] = set()  # their calls, until it takes one of that call
        self._urgent: dict[str, Urgent] = {}  # by call: what was last written of it at once
        self._waiting: dict[str, Sheet] = {}
        self._remembered = Remembered()  # the writer thread's
        self._timer: Any = None

    @property
    def lacking(self) -> bool:
        """Whether the database did not take a record and has none of that call since. One that waits is no such."""
        return bool(self._untaken)

    def append(self, entries: list[Entry], lazily: bool = False) -> Deferred[int]:
        """Fires with the last place in the log; 0 where it could not be written and the entries wait.

        `lazily` where nobody waits for them.
        """
        if self._unwritten:
            self._hold(entries)
            return succeed(0)
        appended = self._threads.append(entries, lazily)
        return appended.addErrback(lambda failure: self._not_logged(entries, failure))

    def _not_logged(self, entries: list[Entry], failure: Any) -> int:
        failure.trap(DatabaseError)
        first = not self._unwritten
        self._hold(entries)
        self._say(str(failure.value))
        if first:
            self._reactor.callLater(RETRY_SECONDS, self._log_again)
        return 0

    def _hold(self, entries: list[Entry]) -> None:
        room = MOST_UNWRITTEN - len(self._unwritten)
        if room < len(entries):
            log.error("call log: %d entries are lost, memory for them is full", len(entries) - room)
        self._unwritten += entries[:room]

    def _log_again(self) -> None:
        waiting, self._unwritten = self._unwritten, []
        self.append(waiting).addCallback(lambda _place: self._logged_again())

    def _logged_again(self) -> None:
        if not self._unwritten:
            self._say("")
            refused, self._refused = self._refused, []
            for sheet in refused:
                if self._stands(sheet):
                    self._write([sheet])

    def keep(self, sheet: Sheet) -> None:
        """Write the record of `sheet`: now where something of it is urgent, else with what else comes within BEHIND.

        Where the database does not take it, as soon as it does.
        """
        self._latest[sheet.call] = sheet
        urgent = urgent_of(sheet)
        if urgent != self._urgent.get(sheet.call):
            self._urgent[sheet.call] = urgent
            self._waiting.pop(sheet.call, None)
            self._write([sheet])
            return
        self._waiting[sheet.call] = sheet
        if self._timer is None:
            self._timer = self._reactor.callLater(BEHIND, self.flush)

    def flush(self) -> None:
        """Write every record that waits, behind what was to be written before."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        for call in [call for call, (over, *_) in self._urgent.items() if over and call not in waiting]:
            del self._urgent[call]
        if waiting:
            self._write(list(waiting.values()))

    def _write(self, sheets: list[Sheet]) -> None:
        kept = self._threads.write(self._write_down, sheets)
        kept.addCallbacks(lambda _none: self._kept(sheets), lambda failure: self._not_kept(sheets, failure))

    def _write_down(self, session: Session, sheets: list[Sheet]) -> None:
        """On the writer thread: of each sheet what differs from the one that was written last."""
        certain = self._remembered.certain(session)
        for sheet in sheets:
            before = certain.get(sheet.call)
            self._keep_record(session, record_of(sheet), None if before is None else record_of(before))
            if before is None or sheet.said != before.said:
                transcripts.save(session, sheet.call, sheet.said)
            if before is None or sheet.outside != before.outside:
                transfers.save(session, sheet.outside)
            evidence.save(session, sheet, before)
        self._remembered.writes(session, sheets)

    def _kept(self, sheets: list[Sheet]) -> None:
        for sheet in sheets:
            self._untaken.discard(sheet.call)
            if self._stands(sheet):
                del self._latest[sheet.call]

    def _stands(self, sheet: Sheet) -> bool:
        """Whether nothing newer of its call is on its way: an older record must never be written behind that."""
        return self._latest.get(sheet.call) is sheet

    def _not_kept(self, sheets: list[Sheet], failure: Any) -> None:
        standing = [sheet for sheet in sheets if self._stands(sheet)]
        self._untaken.update(sheet.call for sheet in standing)
        if len(sheets) > 1:  # one that is refused must not cost the others theirs
            for sheet in standing:
                self._write([sheet])
            return
        self._refused += standing
        self._say(str(failure.value))
        if not self._unwritten:
            self._reactor.callLater(RETRY_SECONDS, self._logged_again)

    def _say(self, reason: str) -> None:
        if reason != self.trouble:
            self.trouble = reason
            log.log(logging.ERROR if reason else logging.INFO, "records: %s", reason or "written again")
            self._changed()


Urgent = tuple[bool, object, int]


def urgent_of(sheet: Sheet) -> Urgent:
    """What is in the database at once: that a call is up or over; its lines outside; once it is over, what was said."""
    over = sheet.ended_at is not None
    return over, sheet.outside, len(sheet.said) if over else 0


def record_of(sheet: Sheet) -> CallRecord:
    """The call record (话务工单) of a sheet; what is empty there is unknown here. What was said is kept apart."""
    names = [name for name in Sheet.__slots__ if name not in APART]
    values: dict[str, Any] = {name: getattr(sheet, name) or None for name in names}
    return CallRecord(sheet.call, **values)
