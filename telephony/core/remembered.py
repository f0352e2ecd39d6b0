"""What the database is certain to hold of the calls that are up, so that of a new version only what differs is written.

It decides what is certain: what a transaction wrote that came to its commit, while no later one failed and none had a
connection to the database that it had not had before: behind a new one may be a server that lacks what the last had.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from functools import partial

from sqlalchemy import event
from sqlalchemy.orm import Session

from telephony.calls.sheet import Sheet

WROTE = "wrote"  # in the info of a connection of the pool, which is emptied when that connects anew
MOST_OVER = 200  # calls that are over: their recording and the measures of their legs come within a few seconds


class Remembered:
    """For the one thread that writes: between `certain` and the commit behind `writes` there is one transaction."""

    def __init__(self) -> None:
        self._up: dict[str, Sheet] = {}
        self._over: dict[str, Sheet] = {}
        self._open = False  # a transaction began that has not come to its commit

    def certain(self, session: Session) -> Mapping[str, Sheet]:
        """The sheets as they were last written, by call; none at all after a transaction that failed, nor where the
        connection of `session` is new here."""
        connection = session.connection().info
        if self._open or connection.get(WROTE) is not self:
            self._up.clear()
            self._over.clear()
        connection[WROTE] = self
        self._open = True
        return ChainMap(self._up, self._over)

    def writes(self, session: Session, sheets: Iterable[Sheet]) -> None:
        """`sheets` are what `session` has written, once it commits. Only ever the last in its transaction:
        SQLAlchemy counts the release of a savepoint as a commit."""
        event.listen(session, "after_commit", partial(self._committed, tuple(sheets)), once=True)

    def _committed(self, sheets: tuple[Sheet, ...], _session: Session) -> None:
        self._open = False
        for sheet in sheets:
            self._up.pop(sheet.call, None)
            self._over.pop(sheet.call, None)
            (self._up if sheet.ended_at is None else self._over)[sheet.call] = sheet
        while len(self._over) > MOST_OVER:
            del self._over[next(iter(self._over))]
