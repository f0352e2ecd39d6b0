"""`hotline rota`: what kind of day it is, who is open when, who is on shift, as the configuration says."""

import argparse
from datetime import date, datetime
from time import time
from typing import TYPE_CHECKING, Any

from hotline.commands import CommandError, Commands, command, print_rows, settings_of

if TYPE_CHECKING:
    from hotline.configured.hours import Times


def register(commands: Commands) -> None:
    parser = command(commands, "rota", run, "a day's kind, opening hours and shifts, as the configuration says")
    parser.add_argument("--day", metavar="D", help="a date such as 2026-12-31 (default: today in Beijing)")
    parser.add_argument("--add", type=int, metavar="N", help="print the day N working days later instead")


def run(arguments: argparse.Namespace) -> None:
    from hotline.configured.hours import load_times

    times = load_times(settings_of(arguments))
    now = time()
    day = times.opening.local(now).date() if arguments.day is None else day_of(arguments.day)
    if arguments.add is not None:
        print_rows([due_row(times, day, arguments.add)])
        return
    print_rows(rows(times, day, now))


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--day {text}: must be a date such as 2026-12-31") from None


def due_row(times: "Times", day: date, count: int) -> dict[str, Any]:
    try:
        due = times.opening.calendar.add_working_days(day, count)
    except (ValueError, OverflowError) as error:
        raise CommandError(f"--add: {error}") from None
    return {"day": day.isoformat(), "working_days": count, "due": due.day.isoformat(), "provisional": due.provisional}


def rows(times: "Times", day: date, now: float) -> list[dict[str, Any]]:
    """The day, then a row for each office, then one for each shift in order of time."""
    from routing.shifts import rota

    calendar, opening = times.opening.calendar, times.opening
    found: list[dict[str, Any]] = [
        {
            "day": day.isoformat(),
            "kind": calendar.kind(day).value,
            "holiday": calendar.holidays.get(day),
            "provisional": not calendar.settled(day),
        }
    ]
    today = day == opening.local(now).date()
    for code, office in opening.hours.offices.items():
        row: dict[str, Any] = {"office": code, "name": office.name}
        row["open"] = [str(each) for each in opening.spans(code, day)]
        row["closures"] = [
            each.message
            for each in opening.hours.closures
            if each.first.date() <= day <= each.until.date() and (not each.offices or code in each.offices)
        ]
        if today:
            row |= {"open_now": opening.open(code, now), "opens": local(times, opening.next_opening(code, now))}
        found.append(row)
    wall = opening.local(now).replace(tzinfo=None)
    for duty in rota(times.rosters, day, calendar.names):
        shift = {"shift": duty.shift, "name": duty.name, "from": minute(duty.first), "until": minute(duty.until)}
        found.append({**shift, "agents": list(duty.agents), "now": duty.first <= wall < duty.until})
    return found


def minute(wall: datetime) -> str:
    return wall.isoformat(timespec="minutes")


def local(times: "Times", moment: float | None) -> str | None:
    return None if moment is None else minute(times.opening.local(moment).replace(tzinfo=None))
