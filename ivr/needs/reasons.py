"""Why a call prefers, avoids or needs somebody: the reasons a call is queued with, and how they read. PURE.

A reason is four texts: what it does (one of ABOUT), to whom (an agent's name or a code), where it comes from (one of
SOURCES), and how many days ago, empty where that says nothing. It decides nothing about agents.
"""

from collections.abc import Mapping
from typing import Any

Reason = tuple[str, str, str, str]

PREFER, EXCLUDE, NEED, SPARE = "prefer", "exclude", "need", "spare"
ABOUT = {PREFER: "优先转接", EXCLUDE: "不转接", NEED: "需要", SPARE: "暂不要求"}
SOURCES = {
    "owner": "首问责任人",
    "last": "上次接听",
    "complaint": "来电人投诉过",
    "rating": "来电人评价非常不满意",
    "asked": "来电人要求",
    "dialect": "听出方言",
    "said": "来电人自述",
    "noted": "以往来电记录",
    "number": "来电号码归属地",
    "trunk": "来电线路",
    "nobody": "在岗坐席中无人具备",
}
DAY = 86400.0


def reason(about: str, whom: str, source: str, at: float | None = None, now: float = 0.0) -> Reason:
    """`at` is when it happened, as `now` in UTC epoch seconds; None where that says nothing."""
    return about, whom, source, "" if at is None else str(max(0, int((now - at) // DAY)))


def parts(why: Reason, names: Mapping[str, str]) -> dict[str, Any]:
    """The reason in words that can be put into another language one by one; `names` are those of codes."""
    about, whom, source, days = why
    return {
        "about": ABOUT.get(about, about),
        "whom": names.get(whom, whom),
        "source": SOURCES.get(source, source),
        "days": int(days) if days else None,
    }


def told(why: Reason, names: Mapping[str, str]) -> str:
    """优先转接 li：首问责任人，2天前"""
    read = parts(why, names)
    when = "" if read["days"] is None else f"，{read['days']}天前" if read["days"] else "，今天"
    return f"{read['about']} {read['whom']}：{read['source']}{when}"
