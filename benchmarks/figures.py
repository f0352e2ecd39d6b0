"""A figure with its unit and its conditions, how figures are printed, and what Asterisk needed for the same.

It must not know how anything is measured.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ASTERISK = "Asterisk 22.10.1 with SIPp 3.6.1 on a machine of the same kind, measured on another day: for orientation"


@dataclass(frozen=True)
class Figure:
    """One measured `value`; `asterisk` is its value for the same thing where there is one, in the same unit.

    `notes` are its conditions; of them `at_most` and `at_least` are its targets.
    """

    name: str
    value: float
    unit: str
    asterisk: float | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """What it should be, with a word where it is not; empty without a target."""
        most, least = self.notes.get("at_most"), self.notes.get("at_least")
        said = f"<= {most:g}" if most is not None else f">= {least:g}" if least is not None else ""
        missed = (most is not None and self.value > most) or (least is not None and self.value < least)
        return f"{said} MISSED" if missed else said

    @property
    def ratio(self) -> float | None:
        """How many times Asterisk's value this one is."""
        return self.value / self.asterisk if self.asterisk else None


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of `values`, which are not empty; `share` is 0..100."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share / 100) - 1)]


def spread(
    name: str, values: Sequence[float], unit: str, asterisk: Sequence[float | None] = (None, None, None), **notes: Any
) -> list[Figure]:
    """p50, p95 and p99 of `values`."""
    return [
        Figure(f"{name} p{share}", percentile(values, share), unit, other, {"samples": len(values), **notes})
        for share, other in zip((50, 95, 99), asterisk, strict=True)
    ]


def table(figures: Iterable[Figure]) -> str:
    """The figures as lines of text, beside their target, Asterisk's figure and how many times that ours is."""
    rows = [("figure", "value", "unit", "target", "Asterisk", "times", "load")]
    for each in figures:
        other = f"{each.asterisk:g}" if each.asterisk is not None else ""
        ratio = f"{each.ratio:.2f}" if each.ratio is not None else ""
        value = f"{each.value:.3g}" if each.value < 1000 else f"{each.value:.0f}"
        rows.append((each.name, value, each.unit, each.target, other, ratio, f"{each.notes.get('load', '')}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def write_lines(file: Path, conditions: dict[str, Any], figures: Iterable[Figure]) -> None:
    """The conditions on the first line, one figure on each other, as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"conditions": conditions}, *(asdict(each) | {"times_asterisk": each.ratio} for each in figures)]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
