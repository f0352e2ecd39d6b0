"""Changes that outside systems push back (docs/channels.md): checked, taken once by event id, put into the history.

Decides what is refused and with which HTTP status. Knows nothing of HTTP itself or of who is allowed to push.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from records.schema import ChannelEventRow, TicketRow
from tickets import lifecycle
from tickets.lifecycle import LifecycleError, State
from tickets.outbox_entries import CHANNELS, channels_of
from tickets.writing import apply

FIELDS = {"event_id": 100, "ticket": 32, "state": 24, "note": 4000}
OPTIONAL = ("note",)
# NUL cannot be kept by PostgreSQL, lone surrogates by nobody.
UNUSABLE = re.compile("[\0\ud800-\udfff]")


class EventRefusedError(ValueError):
    """The event is not taken: `status` is the HTTP answer, `field` what to mend; the text is Chinese."""

    def __init__(self, status: int, field: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.field = field

    def body(self) -> dict[str, str]:
        return {"error": str(self), "field": self.field}


@dataclass(frozen=True, slots=True)
class Received:
    """The ticket's state after the event; `duplicate` when the event had been taken before and changed nothing now."""

    ticket: str
    state: str
    duplicate: bool

    def body(self) -> dict[str, Any]:
        return {"ticket": self.ticket, "state": self.state, "duplicate": self.duplicate}


def receive_event(session: Session, channel: str, payload: object, now: float) -> Received:
    """Take one pushed change: `payload` is the parsed JSON body, `channel` online, window or 12345.

    A channel can only change tickets it was given. Raises EventRefusedError; nothing is changed then.
    """
    if channel not in CHANNELS:
        raise EventRefusedError(404, "channel", f"没有渠道“{channel}”，应为{'、'.join(CHANNELS)}")
    event_id, number, said, note = checked(payload)
    row = session.get(TicketRow, number, with_for_update=True)
    if row is None or channel not in channels_of(session, number):
        raise EventRefusedError(404, "ticket", f"没有工单“{number}”")
    taken = session.get(ChannelEventRow, (channel, event_id))
    if taken is not None:
        if taken.ticket != number:
            raise EventRefusedError(409, "event_id", f"event_id“{event_id}”已用于工单{taken.ticket}，请换一个")
        return Received(number, row.state, True)
    target = lifecycle.state_of(said)
    if target is None:
        possible = "、".join(f"{state.value}（{lifecycle.STATE_NAMES[state]}）" for state in State)
        raise EventRefusedError(400, "state", f"state“{said}”应为：{possible}")
    try:
        steps = lifecycle.way(State(row.state), target)
        ticket = apply(session, number, steps, f"channel:{channel}", note, now, from_channel=channel)
    except LifecycleError as error:
        raise EventRefusedError(409, "state", str(error)) from None
    session.add(ChannelEventRow(channel=channel, event_id=event_id, ticket=number, received_at=now))
    session.flush()
    return Received(number, ticket.state, False)


def checked(payload: object) -> tuple[str, str, str, str | None]:
    """event_id, ticket, state and note of a well-formed payload; other fields are ignored."""
    if not isinstance(payload, dict):
        raise EventRefusedError(400, "body", "正文应为JSON对象")
    found: dict[str, str | None] = {}
    for name, longest in FIELDS.items():
        value = payload.get(name)
        if value is None and name in OPTIONAL:
            found[name] = None
            continue
        if not isinstance(value, str) or not (value.strip() or name in OPTIONAL):
            raise EventRefusedError(400, name, f"{name}应为非空字符串")
        if len(value) > longest or UNUSABLE.search(value):
            raise EventRefusedError(400, name, f"{name}最多{longest}字，且不含空字符和孤立的代理字符")
        found[name] = value.strip()
    return str(found["event_id"]), str(found["ticket"]), str(found["state"]), found["note"]
