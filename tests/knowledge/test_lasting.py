"""Does the danger last? A sign that it does goes before a no; what stays open is a person's."""

import pytest

from knowledge.asking import STILL_IN_DANGER
from knowledge.intents import Intents, Understanding

FIRE = Understanding((("emergency.fire", 0.7), ("law.housing", 0.3)), "confirm", STILL_IN_DANGER)
BEATEN = Understanding((("law.family", 0.6), ("emergency.police", 0.4)), "confirm", STILL_IN_DANGER)
LASTS = "有 还有 危险 很危险 他还在 火还没灭 还在烧 没有他还在这里 不是没有 有啊怎么没有 我害怕 快点来 走了又回来了"
BESIDE = "他在旁边 他就在旁边 我躲在外面 孩子还在家里 他睡着了还没走 他拿刀在门外"
OPEN = "不知道 说不准 我不敢说 应该没有 消防队来了 你说呢 没死 刚走 刚打完 天天打 别挂 人工"
OVER = "没有 没有了 现在没有了 已经没有危险了 火已经灭了 没事了他走了 我没事 暂时没有"


@pytest.mark.parametrize("answer", LASTS.split())
def test_a_danger_that_lasts_is_acted_on(intents: Intents, answer: str) -> None:
    found = intents.reply(FIRE, answer)
    assert (found.code, found.decision) == ("emergency.fire", "act")


@pytest.mark.parametrize("answer", BESIDE.split())
def test_who_hits_is_still_there(intents: Intents, answer: str) -> None:
    found = intents.reply(BEATEN, answer)
    assert (found.code, found.decision) == ("emergency.police", "act")


@pytest.mark.parametrize("answer", OPEN.split())
@pytest.mark.parametrize(("asked", "code"), [(FIRE, "emergency.fire"), (BEATEN, "emergency.police")])
def test_what_stays_open_is_a_persons_with_the_danger(
    intents: Intents, asked: Understanding, code: str, answer: str
) -> None:
    found = intents.reply(asked, answer)
    assert (found.code, found.decision) == (code, "person")


@pytest.mark.parametrize("answer", OVER.split())
def test_a_danger_that_is_over_leaves_the_matter(intents: Intents, answer: str) -> None:
    found = intents.reply(FIRE, answer)
    assert (found.code, found.decision) == ("law.housing", "act")


@pytest.mark.parametrize("answer", ["昨天打的", "以前的事了", "没有危险我想问离婚"])
def test_blows_of_the_past_leave_the_matter(intents: Intents, answer: str) -> None:
    assert intents.reply(BEATEN, answer).code == "law.family"


def test_another_danger_in_the_answer_is_followed(intents: Intents) -> None:
    assert intents.reply(FIRE, "火灭了可是我爸昏迷不醒了快叫救护车").code == "emergency.medical"
    assert intents.reply(BEATEN, "没有我不想活了").code == "crisis"
