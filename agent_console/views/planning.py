"""Where it is busy and who could help (忙闲指数), and how many agents a day needs, for those who write the roster.

Every figure is made in routing.planning; here it is read and shown. Nothing on this page changes anything.
"""

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, make_response, render_template, request
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent_console import guard
from agent_console.shown import BEIJING
from records.schema import CallRecordRow
from routing.planning.busy import EVERYWHERE, KINDS, PLATFORM, busy
from routing.planning.calllist import ListedCall, forecast_of, is_forecast, read_calls, read_forecast
from routing.planning.chart import drawing
from routing.planning.moves import moves
from routing.planning.staffing import Need, Target, parse_target, plan

pages = Blueprint("planning", __name__, url_prefix="/planning")

PLANNERS = ("supervisor", "admin")
KIND_NAMES = {"platform": "平台", "region": "地区", "skill": "技能"}
AHT_SECONDS, PATIENCE_SECONDS = 300.0, 180.0  # where nobody says better
TARGET = "95%/15s"
MOST_AGENTS_HOURS = 24 * 3600
COLOURS = {"空闲": "green", "正常": "accent", "繁忙": "amber", "拥堵": "red", "无人在岗": "red"}
NOTHING = {"target": TARGET, "aht": "", "patience": "", "day": ""}


class FieldError(ValueError):
    """A field that cannot be used; the text is for the page."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Wish:
    """What a plan is made for: times in seconds, None where the data decide."""

    target: Target
    aht: float | None
    patience: float | None


@pages.get("")
@guard.for_roles(*PLANNERS)
def page() -> Any:
    typed = {name: request.args.get(name, value).strip() for name, value in NOTHING.items()}
    if not typed["day"]:
        return shown(typed)
    return planned(typed, "day")


@pages.post("")
@guard.for_roles(*PLANNERS)
def upload() -> Any:
    """A call list or a forecast as CSV; it is read and forgotten."""
    return planned({name: request.form.get(name, value).strip() for name, value in NOTHING.items()}, "file")


@pages.get("/now")
@guard.for_roles(*PLANNERS)
def now() -> Any:
    """The index and the suggestions as they are now; the page asks again when something changed."""
    return render_template("busy.html", **index_now(Target()))


def planned(typed: dict[str, str], source: str) -> Any:
    """The page with a plan, or with what is wrong beside its field."""
    try:
        wish = wish_of(typed)
        text = uploaded() if source == "file" else ""
        calls = None if source == "file" else recorded(typed["day"])
        try:
            if source == "file" and is_forecast(text):
                forecast = read_forecast(text, wish.patience)
            else:
                forecast = forecast_of(calls if calls is not None else read_calls(text), wish.aht, wish.patience)
            needs = plan(forecast, wish.target)
        except ValueError as error:
            raise FieldError(source, str(error)) from None
    except FieldError as error:
        return shown(typed, {error.field: str(error)}, status=422)
    return shown(typed, needs=needs, target=wish.target)


def shown(
    typed: dict[str, str],
    wrong: dict[str, str] | None = None,
    needs: list[Need] | None = None,
    target: Target | None = None,
    status: int = 200,
) -> Any:
    # The drawing is made of our own figures and times of day; no word of an upload is in it.
    svg = Markup(drawing(needs, target)) if needs and target else ""  # noqa: S704
    page = render_template(
        "planning.html",
        **index_now(target or Target()),
        typed=typed,
        wrong=wrong or {},
        needs=needs,
        svg=svg,
        patient=bool(needs) and not any(need.interval.demand.patience for need in needs or ()),
        hours=sum(need.service.agents * need.interval.seconds for need in needs or ()) / 3600,
        yesterday=f"{datetime.fromtimestamp(time.time(), BEIJING) - timedelta(days=1):%Y-%m-%d}",
    )
    return make_response(page, status)


def index_now(target: Target) -> dict[str, Any]:
    """What busy.html shows."""
    board = guard.bridge().board()
    return {
        "places": [(kind, [place for place in busy(board) if place.kind == kind]) for kind in KINDS],
        "moves": moves(board, target, AHT_SECONDS, PATIENCE_SECONDS),
        "kind_names": KIND_NAMES,
        "colours": COLOURS,
        "place_name": place_name,
        "busy_target": str(target),
    }


def place_name(kind: str, name: str) -> str:
    """What a place is called: skills by the taxonomy, the generalists' desk and the hotline by name."""
    if kind == "skill":
        return "全科" if name == "*" else guard.labels().get(name, name)
    return "12348热线" if (kind, name) == ("platform", PLATFORM) else EVERYWHERE if name == EVERYWHERE else name


def wish_of(typed: dict[str, str]) -> Wish:
    """Raises FieldError."""
    try:
        target = parse_target(typed["target"])
    except ValueError:
        raise FieldError("target", f"“{typed['target']}”应为比例和秒数，如 95%/15s，比例在0到100%之间。") from None
    return Wish(target, seconds(typed, "aht"), seconds(typed, "patience"))


def seconds(typed: dict[str, str], field: str) -> float | None:
    if not typed[field]:
        return None
    try:
        value = float(typed[field])
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and 1 <= value <= MOST_AGENTS_HOURS):
        raise FieldError(field, f"“{typed[field]}”应为1以上的秒数，或空着由数据得出。")
    return value


def uploaded() -> str:
    """The text of the file. Raises FieldError."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FieldError("file", "请选择一个 CSV 文件：话务清单或来电预测。")
    try:
        return str(file.read(), "utf-8-sig")
    except UnicodeDecodeError:
        raise FieldError("file", "文件不是 UTF-8 编码，请在表格软件中另存为“CSV UTF-8”。") from None


def recorded(day: str) -> list[ListedCall]:
    """The calls of a day in Beijing that asked for a person, from the records. Raises FieldError."""
    try:
        first = datetime.fromisoformat(day).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=BEIJING)
    except ValueError:
        raise FieldError("day", f"“{day}”应为日期，如 2026-11-20。") from None
    calls = guard.database().read(calls_between, first.timestamp(), (first + timedelta(days=1)).timestamp())
    if not calls:
        raise FieldError("day", f"{day} 没有要求人工的来电记录，请选择其他日期或上传文件。")
    return calls


def calls_between(session: Session, first: float, until: float) -> list[ListedCall]:
    row = CallRecordRow
    columns = (row.arrived_at, row.queued_at, row.joined_at, row.ended_at, row.completed_at, row.label)
    query = select(*columns).where(row.arrived_at >= first, row.arrived_at < until, row.queued_at.is_not(None))
    limit = guard.settings().agents.wrap_up_seconds
    calls = []
    for arrived, queued, joined, ended, completed, label in session.execute(query.order_by(row.arrived_at)):
        if arrived is None or queued is None or ended is None:
            continue
        # Saving the record ends the wrap-up; one saved later than that lasts was written in other time.
        written = min(max(0.0, (completed or ended) - ended), limit)
        handled = ended - joined + written if joined is not None else None
        calls.append(ListedCall(arrived, handled, max(0.0, (joined or ended) - queued), label or ""))
    return calls
