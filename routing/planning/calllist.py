"""Call lists and forecasts as CSV text, and what they say: arrivals by half hour, handling time, patience. PURE.

Every bad line is named with its number, its column, its value and what is wanted. It must not know files.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import inf, isfinite
from typing import TypeVar

from routing.planning.day import Caller, Chance
from routing.planning.erlang import Demand
from routing.planning.patience import mean_patience
from routing.planning.staffing import Interval

BEIJING = timezone(timedelta(hours=8))
DAY, HALF_HOUR = 86400, 1800
MOST_ERRORS = 5
ENOUGH = 5  # handled calls in a half hour for its own handling time to be trusted
WANTED = (
    'the first line must name the columns: "arrived_at,handled_seconds" with "waited_seconds,label" where known, '
    'or "interval,calls,aht" with "patience" where known'
)


class CallListError(ValueError):
    """The text cannot be used; one line for each of the first errors."""


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call of the past. `at` in UTC epoch seconds; `handled` seconds of work, None when it was never answered;
    `waited` seconds until it was answered or given up, None where not known.
    """

    at: float
    handled: float | None
    waited: float | None = None
    label: str = ""


def read_calls(text: str) -> list[ListedCall]:
    """The calls of a list, oldest first. Raises CallListError."""
    rows = _rows(text, ("arrived_at", "handled_seconds"))
    calls = _each(rows, _call)
    if not calls:
        raise CallListError("holds no call")
    return sorted(calls, key=lambda call: call.at)


def is_forecast(text: str) -> bool:
    return "interval" in _names(text)


def read_forecast(text: str, patience: float | None = None) -> list[Interval]:
    """The intervals of a forecast in the order given. Raises CallListError."""
    found = _each(_rows(text, ("interval", "calls", "aht")), lambda row: _interval(row, patience))
    if not found:
        raise CallListError("holds no interval")
    return found


def forecast_of(calls: Sequence[ListedCall], aht: float | None = None, patience: float | None = None) -> list[Interval]:
    """The mean day of a call list by half hour of Beijing time, from midnight; `aht` and `patience` overrule it."""
    handled = [call.handled for call in calls if call.handled is not None]
    if aht is None and not handled:
        raise CallListError("no call was handled, so there is no handling time; give --aht")
    days = _day(calls[-1].at) - _day(calls[0].at) + 1
    patience = patience or patience_of(calls)
    intervals = []
    for start in range(0, DAY, HALF_HOUR):
        inside = [call for call in calls if start <= _second(call.at) < start + HALF_HOUR]
        own = [call.handled for call in inside if call.handled is not None]
        mean = aht or (sum(own) / len(own) if len(own) >= ENOUGH else sum(handled) / len(handled))
        intervals.append(Interval(start, Demand(2 * len(inside) / days, mean, patience)))
    return intervals


def patience_of(calls: Iterable[ListedCall]) -> float | None:
    return mean_patience((call.waited, call.handled is None) for call in calls if call.waited is not None)


def recorded_day(calls: Sequence[ListedCall], chance: Chance, patience: float | None = None) -> list[Caller]:
    """The same calls as callers, from the first one's midnight. What was not seen is drawn: the work of calls never
    answered from that of the others, the patience of those answered beyond their wait from the estimate (`patience`
    overrules it; None and too few abandoned calls: nobody gives up who did not).
    """
    handled = [call.handled for call in calls if call.handled is not None]
    if not handled:
        raise CallListError("no call was handled, so there is no handling time")
    mean = patience or patience_of(calls)
    midnight = _day(calls[0].at) * DAY - 8 * 3600
    callers = []
    for number, call in enumerate(calls):
        work = call.handled if call.handled is not None else handled[int(chance.random() * len(handled))]
        drawn = inf if mean is None else chance.expovariate(1 / mean)
        if call.waited is not None:
            drawn = call.waited if call.handled is None else call.waited + drawn
        callers.append(Caller(number, call.at - midnight, call.label or "agent", work, 0.0, drawn))
    return callers


def _day(at: float) -> int:
    return int((at + 8 * 3600) // DAY)


def _second(at: float) -> float:
    return (at + 8 * 3600) % DAY


Row = tuple[int, dict[str, str]]


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in next(csv.reader(text.lstrip("\ufeff").splitlines()[:1]), [])]


def _rows(text: str, needed: Sequence[str]) -> list[Row]:
    names = _names(text)
    missing = [name for name in needed if name not in names]
    if missing:
        raise CallListError(f"line 1: no column {', '.join(missing)}; {WANTED}")
    lines = csv.reader(text.lstrip("\ufeff").splitlines())
    next(lines)
    rows = []
    for fields in lines:
        if any(field.strip() for field in fields):
            padded = [field.strip() for field in fields] + [""] * (len(names) - len(fields))
            rows.append((lines.line_num, dict(zip(names, padded, strict=False))))
    return rows


T = TypeVar("T")


def _each(rows: Sequence[Row], read: Callable[[dict[str, str]], T]) -> list[T]:
    """Every row read, or all of the first errors with their lines."""
    done, errors = [], []
    for line, row in rows:
        try:
            done.append(read(row))
        except ValueError as error:
            errors.append(f"line {line}: {error}")
            if len(errors) == MOST_ERRORS:
                break
    if errors:
        raise CallListError("; ".join(errors))
    return done


def _call(row: dict[str, str]) -> ListedCall:
    return ListedCall(
        _moment(row["arrived_at"]),
        _seconds(row, "handled_seconds"),
        _seconds(row, "waited_seconds"),
        row.get("label", ""),
    )


def _moment(text: str) -> float:
    """Epoch seconds, or ISO 8601; without an offset it is Beijing time."""
    try:
        at = float(text)
    except ValueError:
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"arrived_at {text!r}: must be epoch seconds or a time like 2026-11-20T09:30:00") from None
        at = (when if when.tzinfo else when.replace(tzinfo=BEIJING)).timestamp()
    if not 0 <= at < 1e11:
        raise ValueError(f"arrived_at {text!r}: must be epoch seconds or a time like 2026-11-20T09:30:00")
    return at


def _seconds(row: dict[str, str], column: str) -> float | None:
    return _number(row, column, "must be seconds from 0, or empty") if row.get(column) else None


def _number(row: dict[str, str], column: str, wanted: str, above: float = 0.0) -> float:
    try:
        number = float(row[column])
    except ValueError:
        number = -1.0
    if not (isfinite(number) and number >= above):
        raise ValueError(f"{column} {row[column]!r}: {wanted}")
    return number


def _interval(row: dict[str, str], patience: float | None) -> Interval:
    match = re.fullmatch(r"(\d{1,2}):(\d\d)(?:\s*[-–]\s*(\d{1,2}):(\d\d))?", row["interval"])
    wanted = f"interval {row['interval']!r}: must be a time of day like 09:30 or 09:30-10:00"
    if match is None:
        raise ValueError(wanted)
    start = int(match[1]) * 3600 + int(match[2]) * 60
    end = int(match[3]) * 3600 + int(match[4]) * 60 if match[3] else start + HALF_HOUR
    end = DAY if end == 0 else end
    if not 0 <= start < end <= DAY:
        raise ValueError(wanted)
    calls = _number(row, "calls", "must be a number of calls from 0")
    aht = _number(row, "aht", "must be seconds from 1", 1)
    own = _number(row, "patience", "must be seconds from 1, or empty", 1) if row.get("patience") else patience
    return Interval(start, Demand(calls * 3600 / (end - start), aht, own), end - start)
