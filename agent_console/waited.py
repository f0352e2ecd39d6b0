"""The last hours of the queue as a drawing: how many waited at most, and how many were answered in time. PURE.

It decides from when callers were queued and how that ended. It must not know the database, nor what is going on now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from agent_console.shown import BEIJING

STEP_SECONDS = 600.0
STEPS = 36  # six hours
IN_TIME = 15.0  # seconds, GB/T 33358-2016
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1600, 190, 40, 52, 28, 26


@dataclass(frozen=True, slots=True)
class Stay:
    """One caller in the queue, UTC epoch seconds; `left` None while waiting, `answered` whether a person came."""

    queued: float
    left: float | None
    answered: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ten minutes from `at`: the most who waited at once; of those queued then, how many and how many in time.

    Callers who gave up count as not answered in time; those who still wait do not count yet.
    """

    at: float
    most: int
    offered: int
    quick: int

    @property
    def level(self) -> float | None:
        return self.quick / self.offered if self.offered else None


def stretches(stays: Iterable[Stay], now: float) -> list[Stretch]:
    """The last six hours, the last stretch being the one under way."""
    first = (now // STEP_SECONDS + 1) * STEP_SECONDS - STEPS * STEP_SECONDS
    stays = [stay for stay in stays if (stay.left or now) >= first]
    changes = sorted(
        [(stay.queued, 1) for stay in stays] + [(stay.left, -1) for stay in stays if stay.left is not None]
    )
    found, waiting, place = [], 0, 0
    for step in range(STEPS):
        begin, end = first + step * STEP_SECONDS, first + (step + 1) * STEP_SECONDS
        most = waiting
        while place < len(changes) and changes[place][0] < end:
            waiting += changes[place][1]
            place += 1
            if changes[place - 1][0] < begin:
                most = waiting
            most = max(most, waiting)
        here = [stay for stay in stays if begin <= stay.queued < end and stay.left is not None]
        quick = sum(stay.answered and (stay.left or 0.0) - stay.queued <= IN_TIME for stay in here)
        found.append(Stretch(begin, most, len(here), quick))
    return found


def drawing(found: list[Stretch], words: Mapping[str, str]) -> Markup:
    """Inline SVG: bars of who waited on the left scale, a line of the share in time on the right one, 90 % marked.

    Colours are those of the page's style sheet. `words` turn Chinese into the page's language.
    """
    most = max(4, *(stretch.most for stretch in found))
    wide, high, base = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM, HEIGHT - BOTTOM
    step = wide / len(found)

    def said(text: str) -> str:
        return str(escape(words.get(text, text)))

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="hours" aria-label="{said("近 6 小时的排队与接听")}">',
        f'<rect class="most" x="{LEFT}" y="4" width="12" height="12"/>',
        f'<text x="{LEFT + 18}" y="14">{said("同时排队最多人数")}</text>',
        f'<path class="level" d="M{LEFT + 300} 10h18"/><text x="{LEFT + 324}" y="14">{said("15 秒接听率")}</text>',
    ]
    for tick in (0, 0.5, 1):
        y = base - high * tick
        parts.append(f'<path class="rule" d="M{LEFT} {y:.1f}h{wide}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * tick:g}</text>')
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y + 4:.1f}">{tick:.0%}</text>')
    parts.append(f'<path class="goal" d="M{LEFT} {base - 0.9 * high:.1f}h{wide}"/>')
    line: list[str] = []
    for place, stretch in enumerate(found):
        x, tall = LEFT + place * step, high * stretch.most / most
        clock = f"{datetime.fromtimestamp(stretch.at, BEIJING):%H:%M}"
        level = "—" if stretch.level is None else f"{stretch.level:.0%}"
        hint = (
            f"{clock} · {said('同时排队最多人数')} {stretch.most} · {said('15 秒接听率')} {level} ({stretch.offered})"
        )
        parts.append(
            f'<g><title>{hint}</title><rect class="reach" x="{x:.1f}" y="{TOP}" width="{step:.1f}" height="{high}"/>'
            f'<rect class="most" x="{x + 2:.1f}" y="{base - tall:.1f}" width="{step - 4:.1f}" height="{tall:.1f}"/></g>'
        )
        if stretch.level is not None:
            middle, y = x + step / 2, base - high * stretch.level
            line.append(f"{middle:.1f},{y:.1f}")
            parts.append(f'<circle class="level-dot" cx="{middle:.1f}" cy="{y:.1f}" r="3"/>')
        if place % 6 == 0:
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 8}">{clock}</text>')
    parts.append(f'<polyline class="level" points="{" ".join(line)}"/></svg>')
    return Markup("".join(parts))  # noqa: S704 (our own figures, words escaped)
