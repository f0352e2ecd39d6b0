"""The transcript of a call's talk: sealed, in a table of its own, so that lists of records never open it.

Decides how it is kept. Who may read which words of it is the console's business.
"""

from collections.abc import Sequence
from dataclasses import astuple

from sqlalchemy.orm import Session

from records.inserting import put
from records.schema import CallTranscriptRow
from records.utterance import Utterance


def save(session: Session, call: str, utterances: Sequence[Utterance]) -> None:
    """Keep the whole transcript of `call` in place of what was kept before; an empty one changes nothing."""
    if utterances:
        put(session, CallTranscriptRow, {"call": call, "utterances": [list(astuple(each)) for each in utterances]})


def of_call(session: Session, call: str) -> list[Utterance]:
    """Who said what, in order; empty where nothing was written down."""
    row = session.get(CallTranscriptRow, call)
    return [Utterance(*each) for each in row.utterances] if row else []
