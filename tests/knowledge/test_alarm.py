"""Alarms before a sentence has ended: which words prove a danger, and that nothing said later takes it back."""

import pytest

from knowledge.intents import Intents

PROVEN = """emergency.police 他正在打我
emergency.police 救命啊他拿刀砍我
emergency.police 我躲在厕所他在外面砸门
emergency.police 有人拿刀追人快报警
emergency.fire 着火了快来救火
emergency.fire 二楼正在烧越烧越大
emergency.fire 煤气还在漏关不上
emergency.medical 快叫救护车
emergency.medical 我妈现在没有呼吸
emergency.traffic 刚刚撞车了
emergency.traffic 司机还卡在驾驶室
crisis 我真的不想活了
crisis 遗书都写好了
crisis 不想火了"""

UNPROVEN = """他打我
他以前打过我
他正
如果他正在打我该怎么办
他不是正在打我
着火了
着火了房东不赔
你不想活了
上次他掐着我的脖子
保护令上写他正在砸门
驾驶证拿到国外用的公证
不是我想自杀
喝农药
人没了呼吸
被车撞了
电影里说快来人救命"""


@pytest.mark.parametrize("line", PROVEN.splitlines())
def test_a_danger_is_told_before_the_sentence_ends(intents: Intents, line: str) -> None:
    code, text = line.split()
    assert intents.alarm(text) == code
    found = intents.understand(text)
    assert (found.code, found.decision) == (code, "person" if code == "crisis" else "act")


@pytest.mark.parametrize("text", UNPROVEN.splitlines())
def test_what_may_yet_turn_out_otherwise_is_no_alarm(intents: Intents, text: str) -> None:
    assert intents.alarm(text) is None


@pytest.mark.parametrize("line", PROVEN.splitlines())
@pytest.mark.parametrize("rest", ["以前也打过", "去年的事了", "房东不赔怎么办", "我要离婚", "嗯"])
def test_nothing_said_later_takes_an_alarm_back(intents: Intents, line: str, rest: str) -> None:
    code, text = line.split()
    assert intents.alarm(text + rest) == code


def test_an_alarm_stays_from_its_first_word_on(intents: Intents) -> None:
    text = "喂你好我在城东小区三号楼他正在砸门我一个人带着孩子快来人啊"
    heard = [intents.alarm(text[:length]) for length in range(len(text) + 1)]
    first = heard.index("emergency.police")
    assert first < len(text) - 10
    assert heard[:first] == [None] * first
    assert heard[first:] == ["emergency.police"] * (len(heard) - first)


def test_everyday_matters_raise_no_alarm_before_they_end(
    intents: Intents, heldout: list[tuple[str, str]], past_danger: list[tuple[str, str]]
) -> None:
    calm = [text for label, text in heldout if not label.startswith(("emergency.", "crisis"))]
    calm += [text for _, text in past_danger]
    assert [text for text in calm if intents.alarm(text) is not None] == []
