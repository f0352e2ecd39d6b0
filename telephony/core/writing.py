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


class Writing:
    """`keep_record` writes one record; `changed` is told when the trouble begins, changes or ends."""

    def __init__(
        self,
        reactor: Any,
        threads: DatabaseThreads,
        keep_record: Callable[[Session, CallRecord], None],
        changed: Callable[[], None],
    ) -> None:
        self.trouble = ""  # why the call log cannot be written now; empty when it can
        self._reactor = reactor
        self._threads = threads
        self._keep_record = keep_record
        self._changed = changed
        self._unwritten: list[Entry] = []
        self._records: dict[str, Sheet] = {}  # records the database did not take yet

    def append(self, entries: list[Entry]) -> Deferred[int]:
        """Fires with the last place in the log; 0 where it could not be written and the entries wait."""
        if self._unwritten:
            self._hold(entries)
            return succeed(0)
        appended = self._threads.append(entries)
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
            for sheet in list(self._records.values()):
                self.keep(sheet)

    def keep(self, sheet: Sheet) -> None:
        """Write the record of `sheet`, now or as soon as the database takes it."""
        kept = self._threads.write(self._write_down, sheet)
        kept.addCallbacks(lambda _none: self._kept(sheet), lambda failure: self._not_kept(sheet, failure))

    def _write_down(self, session: Session, sheet: Sheet) -> None:
        """On a database thread."""
        self._keep_record(session, record_of(sheet))
        transcripts.save(session, sheet.call, sheet.said)
        transfers.save(session, sheet.outside)
        evidence.save(session, sheet)

    def _kept(self, sheet: Sheet) -> None:
        if self._records.get(sheet.call) == sheet:
            del self._records[sheet.call]

    def _not_kept(self, sheet: Sheet, failure: Any) -> None:
        self._records[sheet.call] = sheet
        self._say(str(failure.value))
        if not self._unwritten:
            self._reactor.callLater(RETRY_SECONDS, self._logged_again)

    def _say(self, reason: str) -> None:
        if reason != self.trouble:
            self.trouble = reason
            log.log(logging.ERROR if reason else logging.INFO, "records: %s", reason or "written again")
            self._changed()


def record_of(sheet: Sheet) -> CallRecord:
    """The call record (话务工单) of a sheet; what is empty there is unknown here. What was said is kept apart."""
    names = [name for name in Sheet.__slots__ if name not in APART]
    values: dict[str, Any] = {name: getattr(sheet, name) or None for name in names}
    return CallRecord(sheet.call, **values)
