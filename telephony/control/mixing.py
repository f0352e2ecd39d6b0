"""Who hears whom in a call: from each party's role and mode, the directed pairs of the conference bridge. PURE.

It decides by one table of modes. It must not know how a party came into its mode (telephony.control.talk), nor how
sound is carried (telephony.worker.audio.bridge).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

MUSIC = "music"  # stands as the source of what a held caller hears
RINGBACK = "ringback"  # stands as the source of what an agent hears while a phone rings for them


class Role(Enum):
    """What a leg is in its call. The value is how the board says it."""

    CALLER = "caller"
    AGENT = "agent"  # who has the call
    CONSULT = "consult"  # another agent who is asked
    OUTSIDE = "outside"  # a number dialled for the talk
    SUPERVISOR = "supervisor"


class Mode(Enum):
    """What a leg does just now."""

    TALK = "talk"
    HELD = "held"
    AHEAD = "ahead"  # dialled and not picked up: what the network says of it is heard
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


@dataclass(frozen=True, slots=True)
class Party:
    """One leg: what it is, what it does, and whether its own sound is muted."""

    leg: str
    role: Role
    mode: Mode
    muted: bool = False


Pairs = frozenset[tuple[str, str]]

M = Mode
NOBODY, EVERYBODY, AGENT_ONLY = frozenset[Role](), frozenset(Role), frozenset({Role.AGENT})

# (mode of who speaks, mode of who listens) → roles of listeners who hear it. What is not here is heard by nobody.
HEARD: dict[tuple[Mode, Mode], frozenset[Role]] = {
    **{(source, M.TALK): EVERYBODY for source in (M.TALK, M.AHEAD, M.BARGE)},
    (M.WHISPER, M.TALK): AGENT_ONLY,
    **{(source, look): EVERYBODY for source in (M.TALK, M.AHEAD, M.BARGE) for look in (M.LISTEN, M.WHISPER, M.BARGE)},
}


def hears(listener: Party, source: Party) -> bool:
    """Whether `listener` hears `source`."""
    if listener.leg == source.leg or source.muted:
        return False
    return listener.role in HEARD.get((source.mode, listener.mode), NOBODY)


def pairs(parties: Iterable[Party]) -> Pairs:
    """(source, listener) for all of them; a held caller hears MUSIC."""
    there = tuple(parties)
    heard = {(source.leg, listener.leg) for source in there for listener in there if hears(listener, source)}
    music = {(MUSIC, each.leg) for each in there if each.role is Role.CALLER and each.mode is Mode.HELD}
    return frozenset(heard | music)


def of_legs(mixed: Pairs) -> tuple[tuple[str, str], ...]:
    """The pairs without music and ringback, in a fixed order: what a worker is told."""
    return tuple(sorted(pair for pair in mixed if pair[0] not in (MUSIC, RINGBACK)))


def rung(mixed: Pairs) -> str:
    """The leg that hears the ringback tone; empty for none."""
    return next((listener for source, listener in mixed if source == RINGBACK), "")


def printed() -> str:
    """The table as Markdown: rows speak, columns listen."""
    words = {NOBODY: "–", EVERYBODY: "yes", AGENT_ONLY: "agent only"}
    rows = [f"| speaks ↓ listens → | {' | '.join(mode.value for mode in Mode)} |", "|---" * (len(Mode) + 1) + "|"]
    for source in Mode:
        cells = (words[HEARD.get((source, listener), NOBODY)] for listener in Mode)
        rows.append(f"| {source.value} | {' | '.join(cells)} |")
    return "\n".join(rows)
