"""Every word of the pages has an English one, and every step of a call a Chinese one."""

import re
from pathlib import Path

import agent_console
from agent_console import choices, dangers, mishaps, shown, story, transferred, words
from agent_console.views import callbacks, orders, planning
from agent_console.views.desk import LOAD_NAMES, REASONS
from ivr import commands, facts
from ivr.needs import reasons
from routing.callbacks import State as CallbackState
from tickets.lifecycle import EVENT_NAMES, STATE_NAMES
from tickets.writing import URGENCIES

HERE = Path(agent_console.__file__).parent
SAID = re.compile(r"""\bt\((["'])(.+?)\1\)""")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Said to callers, who are not spoken to in English.
PHRASES = re.compile(r"<ul class=\"phrases\".*?</ul>", re.DOTALL)


def test_every_text_of_the_pages_has_an_english_one() -> None:
    files = [*HERE.glob("templates/*.html"), *HERE.glob("static/js/*.js")]
    texts = {match[2] for file in files for match in SAID.finditer(file.read_text(encoding="utf-8"))}
    assert len(texts) > 150
    assert texts - set(words.english()) == set()


def test_every_name_of_a_state_has_an_english_one() -> None:
    tables = [shown.OUTCOMES, shown.ENDED_BY, shown.ENTERED_BY, shown.RATINGS, shown.ROLES, shown.CHANNELS, shown.SYNC]
    tables += [shown.AUDITED, story.STORY, STATE_NAMES, EVENT_NAMES]
    tables += [LOAD_NAMES, orders.STATES, callbacks.SOURCES, callbacks.RESULTS, planning.KIND_NAMES]
    tables += [reasons.ABOUT, reasons.SOURCES, shown.AUDITED, story.STORY, STATE_NAMES, EVENT_NAMES]
    tables += [transferred.TARGETS, transferred.OUTCOMES, transferred.STANDS]
    names = {name for table in tables for name in table.values()} | set(REASONS) | set(URGENCIES)
    names |= {state.value for state in CallbackState} | set(planning.COLOURS)
    names |= {name for name, _ in dangers.BECAME.values()}
    names |= {sentence for said in [*mishaps.SAID.values(), mishaps.PAGE_EXPIRED] for sentence in said}
    assert {name for name in names if CHINESE.search(name)} - set(words.english()) == set()


def test_templates_say_nothing_in_chinese_outside_the_dictionary() -> None:
    for file in HERE.glob("templates/*.html"):
        text = re.sub(r"\{%.*?%\}", "", PHRASES.sub("", file.read_text(encoding="utf-8")), flags=re.DOTALL)
        text = SAID.sub("", text).replace("中文", "")  # the switch names each language in itself
        assert [line for line in text.splitlines() if CHINESE.search(line)] == [], file.name


def test_every_constant_of_a_script_has_an_english_one() -> None:
    quoted = re.compile(r'"([^"\\n]*[\u4e00-\u9fff][^"\\n]*)"')
    for name in ("standing", "orders", "outside", "callbar", "looking"):
        text = (HERE / f"static/js/{name}.js").read_text(encoding="utf-8")
        assert set(quoted.findall(text)) - set(words.english()) == set(), name


def test_every_fact_and_command_has_a_chinese_name() -> None:
    derived = {"Fact", "Connected", "Parted", "Command", "DeskCommand", "DeskRequest"}
    kinds = {
        name
        for module, base in ((facts, facts.Fact), (commands, commands.Command))
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, base)
    }
    assert kinds - derived - set(story.STORY) == set()


def test_categories_leave_out_what_is_no_matter() -> None:
    labels = {"law": "法律咨询", "law.labour": "劳动", "notary": "公证", "agent": "人工", "unclear": "不明"}
    groups = choices.categories({**labels, "emergency.fire": "火警"})
    assert groups == [
        ("法律咨询", [("law", "法律咨询"), ("law.labour", "劳动")]),
        ("其他事项", [("notary", "公证")]),
        ("紧急求助", [("emergency.fire", "火警")]),
    ]


def test_lengths_and_times() -> None:
    assert [shown.length(seconds) for seconds in (None, 0, 59.6, 187, 3787)] == ["—", "0:00", "1:00", "3:07", "1:03:07"]
    assert shown.full(1795291829.4) == "2026-11-22 04:10:29"
    assert shown.percent(0.914) == "91%"
