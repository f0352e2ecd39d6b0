"""An appointment: what, where, which day, what time; corrected, checked once, booked. PURE.

It decides which question comes next and what an answer fills. It must not know how it is booked (the desk) nor how
days and times are read (ivr.slots).
"""

import re

from ivr.commands import Book, Command
from ivr.dialogue.asking import (
    failed,
    form_of,
    hand_over,
    note,
    offering_of,
    once_more,
    put,
    said,
    turned,
    understood,
)
from ivr.dialogue.standing import Dialogue, State
from ivr.slots.clock import Hour
from ivr.slots.form import Question
from ivr.slots.services import SLOTS
from ivr.slots.when import Clock, Day, Verdict, day_of, fits, hour_of, judge
from ivr.speaking.kinds import Value

ASK = {
    "what": Question("what", "free", "what", help="what_help"),
    "where": Question("where", "free", "where", help="where_help"),
    "day": Question("day", "free", "day", help="day_help"),
    "time": Question("time", "free", "time", help="time_help"),
}
CHANGE = Question("change", "free", "", help="summary_help")
TIME_TROUBLE = {Verdict.PAST: "time_past", Verdict.CLOSED: "time_closed"}
FIRST = ("第一个", "前一个", "前面", "头一个")
INDIFFERENT = re.compile("(?:哪个|哪里|哪儿|什么)?(?:都可以|都行|随便|都成|无所谓)[的吧了]?")
DAY_FIGURES = 4  # month and day, two figures each; one or two alone are a day
SECOND = ("第二个", "后一个", "后面", "后头")


def begin(dialogue: Dialogue, text: str, now: float) -> list[Command]:
    """Start with what the first sentence says already."""
    return take(dialogue, text, now) or advance(dialogue, now)


def take(dialogue: Dialogue, text: str, now: float) -> list[Command] | None:
    """Fill what `text` names, in any slot; None when it names nothing."""
    form, offering = form_of(dialogue), offering_of(dialogue)
    asked, local = form.question.slot, offering.local(now)
    if form.days and (picked := _picked(text, len(form.days))) is not None:
        return _day(dialogue, judge(form.days[picked], local, offering.diary), now)
    if asked in ("what", "where") and INDIFFERENT.fullmatch(text.strip()):
        return None  # no day is meant
    replies = offering.replies
    what = replies.option("what", text, _matter(dialogue, text) if asked == "what" else ())
    where = replies.option("where", text)
    if asked in ("what", "where") and (placed := replies.placed(asked, text)):
        what, where = (placed, where) if asked == "what" else (what, placed)
    day = day_of(text, local, offering.diary, asked == "day")
    on = day.day if day.verdict is Verdict.GOOD else form.day
    clock = hour_of(text, on, local, offering.diary)
    if form.hours and clock.hour and clock.hour.half:
        clock = _half_of(form.hours, clock, clock.hour.half)
    if not (what or where) and day.verdict is Verdict.NOTHING and clock.verdict is Verdict.NOTHING:
        return None
    form.what, form.where = what or form.what, where or form.where
    understood(dialogue)
    if clock.verdict is Verdict.GOOD:
        form.hour = clock.hour
    if day.verdict is not Verdict.NOTHING:
        return _day(dialogue, day, now, clock)
    return _time(dialogue, clock, now)


def _matter(dialogue: Dialogue, text: str) -> tuple[str, ...]:
    """What `text` is clearly about."""
    understood_as = dialogue.script.intents.understand(text)
    return (understood_as.code,) if understood_as.decision == "act" else ()


def _picked(text: str, many: int) -> int | None:
    if any(each in text for each in FIRST):
        return 0
    return 1 if many > 1 and any(each in text for each in SECOND) else None


def _half_of(options: tuple[Hour, ...], clock: Clock, half: str) -> Clock:
    """上午 said to 上午八点还是晚上八点 picks the one in that half of the day."""
    kept = [each for each in options if (each.first < 12 * 60) == (half == "上午")]
    return Clock(Verdict.GOOD, kept[0]) if len(kept) == 1 else clock


def _day(dialogue: Dialogue, day: Day, now: float, clock: Clock | None = None) -> list[Command]:
    """What the day the caller named leads to."""
    form, offering = form_of(dialogue), offering_of(dialogue)
    form.days, form.offered_day = (), None
    if day.verdict is not Verdict.GOOD or day.day is None:
        form.days = day.options if day.verdict is Verdict.WHICH and len(day.options) == 2 else ()
        form.offered_day = day.options[0] if day.verdict is Verdict.CLOSED and day.options else None
        return _again(dialogue, _about_day(day, offering.settings.appointment.farthest_days), now)
    notice: tuple[str, ...] = ()
    if day.provisional and form.day != day.day:
        notice = said(dialogue, "provisional", day=day.day)
    form.day, form.provisional = day.day, day.provisional
    if form.hour is not None:
        again = fits(form.hour, form.day, offering.local(now), offering.spans(form.day))
        if again.verdict is not Verdict.GOOD:
            form.hour, clock = None, again
    if clock is not None and clock.verdict not in (Verdict.GOOD, Verdict.NOTHING):
        return _time(dialogue, clock, now)
    return advance(dialogue, now, notice)


def _about_day(day: Day, farthest: int) -> Question:
    """What is asked about a day that cannot be had as it was said."""
    values: dict[str, Value] = {"day": day.day} if day.day else {}
    match day.verdict:
        case Verdict.WHICH if len(day.options) == 2:
            values = dict(zip(("first", "second"), day.options, strict=True))
            return Question("day_which", "free", "day", "", "day_help", values)
        case Verdict.CLOSED if day.options:
            return Question("day_closed", "yes_no", "day", "day", "day_help", values | {"next": day.options[0]})
        case Verdict.CLOSED | Verdict.PAST:
            prompt = "day_shut" if day.verdict is Verdict.CLOSED else "day_past"
            return Question(prompt, "free", "day", "", "day_help", values)
        case Verdict.FAR:
            return Question("day_far", "free", "day", "", "day_help", {"days": farthest})
    return Question("day_open" if day.verdict is Verdict.WHICH else "day_no_such", "free", "day", help="day_help")


def _time(dialogue: Dialogue, clock: Clock, now: float) -> list[Command]:
    form = form_of(dialogue)
    form.hours = ()
    if clock.verdict is Verdict.WHICH:
        form.hours = clock.options[:2]
        values: dict[str, Value] = {"first": form.hours[0].said, "second": form.hours[1].said}
        return _again(dialogue, Question("time_which", "free", "time", "", "time_help", values), now)
    if clock.verdict in TIME_TROUBLE:
        return _again(dialogue, Question(TIME_TROUBLE[clock.verdict], "free", "time", help="time_help"), now)
    return advance(dialogue, now)


def _again(dialogue: Dialogue, question: Question, now: float) -> list[Command]:
    """What was said cannot be had as it is; not for ever."""
    return turned(dialogue, now) or put(dialogue, question, now)


def advance(dialogue: Dialogue, now: float, before: tuple[str, ...] = ()) -> list[Command]:
    """The next slot that is empty; when none is, everything once more to be agreed to."""
    form = form_of(dialogue)
    filled = {"what": form.what, "where": form.where, "day": form.day, "time": form.hour}
    for slot in SLOTS:
        if not filled[slot]:
            return put(dialogue, ASK[slot], now, before)
    assert form.day is not None and form.hour is not None
    values: dict[str, Value] = {"what": form.what, "where": form.where, "day": form.day, "time": form.hour.said}
    question = Question("summary", "yes_no", "", "summary", "summary_help", values)
    return put(dialogue, question, now, before)


def agreed(dialogue: Dialogue, now: float) -> list[Command]:
    """Yes, to the day offered or to everything."""
    form, offering = form_of(dialogue), offering_of(dialogue)
    understood(dialogue)
    if form.question.check == "day":
        assert form.offered_day is not None
        return _day(dialogue, judge(form.offered_day, offering.local(now), offering.diary), now)
    return book(dialogue, now)


def denied(dialogue: Dialogue, now: float) -> list[Command]:
    """No, and nothing else."""
    form = form_of(dialogue)
    understood(dialogue)
    if form.question.check == "day":
        form.offered_day = None
        return turned(dialogue, now) or put(dialogue, ASK["day"], now)
    return turned(dialogue, now) or put(dialogue, CHANGE, now)


def correct(dialogue: Dialogue, slot: str, now: float) -> list[Command]:
    """The caller names what is wrong: 时间不对."""
    understood(dialogue)
    form_of(dialogue).clear(slot)
    return turned(dialogue, now) or put(dialogue, ASK[slot], now)


def back(dialogue: Dialogue, now: float) -> list[Command] | None:
    """The question before; None when there is none."""
    form = form_of(dialogue)
    here = form.question.slot
    before = [slot for slot in form.asked if slot != here]
    if form.question.check == "summary" and not before:
        return put(dialogue, CHANGE, now)
    if not before:
        return None
    form.asked = before[:-1]
    form.clear(before[-1])
    return turned(dialogue, now) or put(dialogue, ASK[before[-1]], now)


def key(dialogue: Dialogue, digit: str, now: float) -> list[Command]:
    """A key at a slot: a choice by its number, half a day, else not understood."""
    form, offering = form_of(dialogue), offering_of(dialogue)
    slot = form.question.slot
    if slot in ("what", "where"):
        options = offering.settings.options[slot]
        if digit.isdigit() and 1 <= int(digit) <= len(options):
            understood(dialogue)
            setattr(form, slot, options[int(digit) - 1].name)
            return advance(dialogue, now)
    elif slot == "time" and digit in "12":
        return take(dialogue, "上午" if digit == "1" else "下午", now) or failed(dialogue, now)
    return failed(dialogue, now)


def day_key(dialogue: Dialogue, key: str, now: float) -> list[Command]:
    """A figure of a day: 1126, or 26 and #; * begins anew. Of two days, 1 and 2 pick one. 0 alone is a person."""
    form = form_of(dialogue)
    if form.days and not form.keyed and key in "12":
        return take(dialogue, FIRST[0] if key == "1" else SECOND[0], now) or failed(dialogue, now)
    if key == "#":
        return day_keyed(dialogue, now)
    if key == "*":
        return once_more(dialogue, now)
    form.keyed += key
    if len(form.keyed) == DAY_FIGURES:
        return day_keyed(dialogue, now)
    dialogue.deadline = now + offering_of(dialogue).settings.between_keys_seconds
    return []


def day_keyed(dialogue: Dialogue, now: float) -> list[Command]:
    """Four figures, # or a pause: the day that was keyed."""
    form = form_of(dialogue)
    keyed, form.keyed = form.keyed, ""
    if keyed == "0":
        return hand_over(dialogue, now)
    month, day = keyed[:-2], keyed[-2:]
    return take(dialogue, f"{month}月{day}号" if month else f"{day}号", now) or failed(dialogue, now)


def book(dialogue: Dialogue, now: float) -> list[Command]:
    form = form_of(dialogue)
    assert form.day is not None
    dialogue.state = State.LOOKING_UP
    title = f"预约{form.what}：{form.day_written()}{form.hour}"
    lines = [f"服务：{form.what}", f"地点：{form.where}", f"日期：{form.day_written()}", f"时间：{form.hour}"]
    content = "\n".join([*lines, "来源：热线自助预约，待工作人员联系确认"])
    opened = Book(dialogue.call, form.label, title, content, dialogue.number, dialogue.text)
    playing = dialogue.say("service.booking", said(dialogue, "booking"), now, barge_in=False)
    dialogue.deadline = now + offering_of(dialogue).settings.answer_seconds
    return [note(dialogue), *playing, opened]
