"""The transcript of a call's talk: sealed, in a table of its own, so that lists of records never open it.

Decides how it is kept. Who may read which words of it is the console's business.
"""

from collections.abc import Sequence
from dataclasses import astuple

from sqlalchemy.orm import Session

from records.schema import CallTranscriptRow
from records.utterance import Utterance


def save(session: Session, call: str, utterances: Sequence[Utterance]) -> None:
    """Keep the whole transcript of `call` in place of what was kept before; an empty one changes nothing."""
    if not utterances:
        return
    row = session.get(CallTranscriptRow, call)
    if row is None:
        row = CallTranscriptRow(call=call)
        session.add(row)
    row.utterances = [list(astuple(each)) for each in utterances]
    session.flush()


def of_call(session: Session, call: str) -> list[Utterance]:
    """Who said what, in order; empty where nothing was written down."""
    row = session.get(CallTranscriptRow, call)
    return [Utterance(*each) for each in row.utterances] if row else []
