"""How the audio of each leg of a call was: what its worker measured, and what was estimated of it. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from records.inserting import table_of
from records.schema import CallLegRow

LEGS = table_of(CallLegRow)
THERE = select(LEGS.c.place).where(LEGS.c.call == bindparam("call"))
ADD = insert(LEGS)


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


MEASURED = tuple(field.name for field in fields(CallLeg))


def save(session: Session, call: str, legs: Sequence[CallLeg], first: int = 0) -> None:
    """Keep the legs of a call in the order they ended, of which the first given is at the place `first`.

    Those that are kept already stay as they are.
    """
    if not legs:
        return
    connection = session.connection()
    there = set(connection.execute(THERE, {"call": call}).scalars())
    new = [
        {"call": call, "place": place, **{name: getattr(leg, name) for name in MEASURED}}
        for place, leg in enumerate(legs, first)
        if place not in there
    ]
    if new:
        connection.execute(ADD, new)


def of_call(session: Session, call: str) -> list[CallLeg]:
    """In the order they ended."""
    row = CallLegRow
    rows = session.scalars(select(row).where(row.call == call).order_by(row.place))
    return [CallLeg(r.leg, r.codec, r.secure, r.mos, r.far_mos, r.measures) for r in rows]
