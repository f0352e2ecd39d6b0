"""How the audio of each leg of a call was: what its worker measured, and what was estimated of it. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.schema import CallLegRow


@dataclass(frozen=True, slots=True)
class CallLeg:
    """`leg` as in facts; `mos` of what we heard, `far_mos` of what they heard (1 to 4.5), None where it is not known.

    `measures` are the fields of ivr.facts.LegMeasured: packets, and milliseconds.
    """

    leg: str
    codec: str
    secure: bool
    mos: float | None
    far_mos: float | None
    measures: dict[str, Any] = field(default_factory=dict)


def save(session: Session, call: str, legs: Sequence[CallLeg]) -> None:
    """Keep the legs of a call in the order they ended; those that are kept already stay as they are."""
    if not legs:
        return
    row = CallLegRow
    there = set(session.scalars(select(row.place).where(row.call == call)))
    for place, leg in enumerate(legs):
        if place not in there:
            values = (leg.leg, leg.codec, leg.secure, leg.mos, leg.far_mos, leg.measures)
            names = ("leg", "codec", "secure", "mos", "far_mos", "measures")
            session.add(CallLegRow(call=call, place=place, **dict(zip(names, values, strict=True))))
    session.flush()


def of_call(session: Session, call: str) -> list[CallLeg]:
    """In the order they ended."""
    row = CallLegRow
    rows = session.scalars(select(row).where(row.call == call).order_by(row.place))
    return [CallLeg(r.leg, r.codec, r.secure, r.mos, r.far_mos, r.measures) for r in rows]
