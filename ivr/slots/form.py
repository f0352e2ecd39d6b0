"""What a caller has said of one service so far, and the question that is open. PURE.

It keeps and words; which question comes next is decided by ivr.dialogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ivr.slots.clock import Hour
from ivr.speaking.kinds import Value

NAMES = {"choose": "自助服务", "appointment": "预约", "progress": "进度查询", "callback": "回拨"}
DAYS = "一二三四五六日"

Ear = Literal["free", "yes_no", "choice", "digits"]


@dataclass(frozen=True)
class Question:
    """One question: the `prompt` with its values, how the answer is listened to, and what it is about.

    `slot` is what an answer fills; with `check` the answer is yes or no, and `check` says to what.
    """

    prompt: str
    ear: Ear = "free"
    slot: str = ""
    check: str = ""
    help: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass
class Form:
    """One service under way. `label` is what the caller waits for a person with if it does not work out."""

    service: str
    label: str
    confidence: float = 1.0
    entered_by: str = "speech"
    what: str = ""
    where: str = ""
    day: date | None = None
    provisional: bool = False
    hour: Hour | None = None
    number: str = ""  # figures of the ticket or telephone
    question: Question = field(default_factory=lambda: Question(""))
    asked: list[str] = field(default_factory=list)  # slots asked for so far, to go back to
    offered_day: date | None = None
    days: tuple[date, ...] = ()  # of which one is to be chosen
    hours: tuple[Hour, ...] = ()
    failures: int = 0  # in a row
    turns: int = 0  # questions put again without a failure: repeated, helped, refused
    keyed: str = ""
    spoken: str = ""
    by_keys: bool = False
    unknown: int = 0  # numbers that no ticket has

    def summary(self) -> str:
        """For the person who takes over; empty values left out."""
        said = [self.what, self.where, self.day_written(), str(self.hour) if self.hour else ""]
        number = {"progress": f"工单{self.number}", "callback": f"号码{self.number}"}.get(self.service, "")
        filled = [each for each in said if each] + ([number] if self.number else [])
        return f"【{NAMES[self.service]}：{'，'.join(filled) or '尚未说明'}】"

    def day_written(self) -> str:
        """2026-11-25（周三）; 暂定 where next year's holidays may move it."""
        if self.day is None:
            return ""
        return f"{self.day.isoformat()}（周{DAYS[self.day.weekday()]}{'，暂定' if self.provisional else ''}）"

    def clear(self, slot: str) -> None:
        """Forget what was said for `slot`."""
        if slot == "day":
            self.day, self.provisional = None, False
        elif slot == "time":
            self.hour = None
        elif slot in ("what", "where"):
            setattr(self, slot, "")
        else:
            self.number = self.keyed = self.spoken = ""
