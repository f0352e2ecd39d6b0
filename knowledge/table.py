"""The rows of a report (knowledge.report) as tables that people read, with the names of the labels.

Decides columns and headings only.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

# The first key of a row tells which table it belongs to; the headings follow the row's own order.
TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sentences": ("总体", ("句数", "首选正确", "前二含正确", "直接办理", "反问", "直接办理时正确", "校准误差")),
    "dangers": (
        "险情",
        ("险情", "即时处置", "反问", "漏报", "召回", "话未完即报", "误报", "误报率", "话未完误报", "多问"),
    ),
    "label": ("各类", ("标签", "句数", "精确率", "召回率")),
    "wanted times": ("混淆", ("应为", "判为", "次数")),
    "wanted text": ("错句", ("应为", "判为", "决定", "原句")),
    "confidence_from": ("置信度校准", ("置信度从", "句数", "平均置信度", "实际正确")),
}


def tables(rows: Iterable[dict[str, Any]], names: Mapping[str, str]) -> Iterator[str]:
    """Lines of text; `names` are the labels' names by code."""
    found: dict[str, list[list[str]]] = {}
    for row in rows:
        cells = [cell(key, value, names) for key, value in row.items()]
        found.setdefault(kind(row), []).append(cells)
    for key, (title, headings) in TABLES.items():
        if key in found:
            yield f"【{title}】"
            yield from aligned([headings, *found[key]])
            yield ""


def kind(row: Mapping[str, Any]) -> str:
    """The table that `row` belongs to."""
    first = next(iter(row))
    if first == "wanted":
        return "wanted times" if "times" in row else "wanted text"
    return first


def cell(key: str, value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return "—"
    if key in ("label", "wanted", "found"):
        return f"{value} {names.get(value, '')}".rstrip()
    if isinstance(value, float):
        return f"{value * 100:.1f}%"
    return str(value)


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """`rows` in columns; a Chinese character is as wide as two letters."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        padded = (text + " " * (wide - width(text)) for text, wide in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
