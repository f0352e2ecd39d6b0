"""Short answers: what they ask for, what they deny, which choice they name; and the grammars they are heard with."""

from pathlib import Path

import pytest
import yaml

from config.load import PACKAGED
from ivr.slots import grammars
from ivr.slots.replies import Act, Replies
from ivr.slots.services import ServiceSettings

SETTINGS = ServiceSettings.model_validate(yaml.safe_load(Path(PACKAGED / "services.yaml").read_text(encoding="utf-8")))
REPLIES = Replies(SETTINGS.words, SETTINGS.options)


@pytest.mark.parametrize(
    ("said", "act"),
    [
        *[
            (each, Act.AGREE)
            for each in ("对", "对对", "是的", "嗯", "嗯对", "好", "好的", "可以可以", "没错", "就这样")
        ],
        *[(each, Act.DENY) for each in ("不对", "不是", "不是的", "没有", "错了", "不行", "嗯不对", "不是这个号")],
        *[(each, Act.PERSON) for each in ("人工", "转人工", "我要转人工", "帮我转人工服务")],
        *[(each, Act.REPEAT) for each in ("再说一遍", "没听清", "请再说一遍", "你说什么")],
        *[(each, Act.HELP) for each in ("帮助", "怎么说", "邦助")],
        *[(each, Act.BACK) for each in ("返回", "上一步", "回到上一步")],
        *[(each, Act.CANCEL) for each in ("不约了", "算了", "算了不约了")],
        *[(each, Act.OTHER) for each in ("说别的事", "我想说别的事", "换个问题")],
        *[(each, Act.CHANGE) for each in ("改一下", "我要改一下")],
        *[(each, Act.DONE) for each in ("没有了", "不用了谢谢", "再见")],
        *[(each, None) for each in ("周三上午", "时间不对", "老板欠我三个月工资不给怎么办", "", "律师", "市里")],
        ("不对改成周四", None),
        ("对下周三上午", None),
        ("我想找个人调解", None),
    ],
)
def test_what_a_reply_asks_for(said: str, act: Act | None) -> None:
    assert REPLIES.act(said) is act


def test_a_reply_that_holds_more_than_yes_or_no() -> None:
    assert REPLIES.denies("不对是周四")
    assert REPLIES.denies("改成周四")
    assert REPLIES.agrees("对下周三上午")
    assert not REPLIES.agrees("不对下周三")
    assert not REPLIES.denies("下周三")


@pytest.mark.parametrize(
    ("said", "slot"),
    [
        ("时间不对", "time"),
        ("地点错了", "where"),
        ("改日期", "day"),
        ("地点", "where"),
        ("服务不对", "what"),
        ("周三", ""),
    ],
)
def test_the_slot_a_correction_names(said: str, slot: str) -> None:
    assert REPLIES.named_slot(said) == slot


@pytest.mark.parametrize(
    ("slot", "said", "labels", "name"),
    [
        ("what", "律师", (), "律师咨询"),
        ("what", "绿师", (), "律师咨询"),
        ("what", "我想做亲子鉴定", (), "司法鉴定"),
        ("what", "办公证书", (), "公证"),
        ("what", "申请法律援助", (), "法律援助"),
        ("what", "离婚的事", ("law.family",), "律师咨询"),
        ("what", "今天天气", ("unclear",), ""),
        ("where", "县公共法律服务中心", (), "县公共法律服务中心"),
        ("where", "就在镇上吧", (), "乡镇公共法律服务站"),
        ("where", "随便", (), ""),
        ("choose", "查一下单子", (), "查询办理进度"),
        ("choose", "我要预约", (), "预约"),
    ],
)
def test_the_choice_that_is_named(slot: str, said: str, labels: tuple[str, ...], name: str) -> None:
    assert REPLIES.option(slot, said, labels) == name


def test_every_grammar_hears_danger_and_a_person() -> None:
    lists = [grammars.yes_no(SETTINGS), grammars.digits(SETTINGS)]
    lists += [grammars.choice(SETTINGS, slot) for slot in ("what", "where", "choose")]
    for phrases in lists:
        assert set(SETTINGS.alarms) <= set(phrases)
        assert {"人工", "转人工", "再说一遍", "返回", "帮助"} <= set(phrases)
        assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("第三个", "法律援助"),
        ("第 三 个", "法律援助"),
        ("我要第三个吧", "法律援助"),
        ("三", "法律援助"),
        ("第五项", "司法鉴定"),
        ("最后一个", "司法鉴定"),
        ("第六个", ""),
        ("第三天", ""),
        ("三点", ""),
        ("", ""),
    ],
)
def test_a_choice_by_its_place(said: str, name: str) -> None:
    assert REPLIES.placed("what", said) == name
