"""Every sentence of the domain description, the hard ones with what must be asked or done."""

import pytest

from knowledge import intents as module
from knowledge.intents import Intents

PLAIN = """law.labour 老板欠我三个月工资不给怎么办
law.labour 公司没签合同就把我辞退了
law.labour.injury 上班路上被车撞了算不算工伤
law.family 我想离婚孩子能判给我吗
law.family 前夫不给抚养费
law.inheritance 老人去世房子怎么继承
law.contract 朋友借钱不还只有微信记录
law.contract 装修公司收了定金跑了
law.housing 房东不退押金
law.traffic 被追尾了对方不赔钱
legal_aid 我没钱请律师能不能免费帮我
legal_aid 申请法律援助要带什么材料
notary 委托书要做公证去哪里办
notary 出国要办出生公证
mediation 跟邻居为了宅基地吵架想找人调解
mediation 村里有没有调解员能来一趟
appraisal 想做伤残鉴定
appraisal 亲子鉴定在哪里做
arbitration 合同写了仲裁条款怎么申请
law.criminal 儿子被刑事拘留了怎么办
law.administrative 对行政处罚不服想复议
complaint 我要投诉一个律师收了钱不办事
complaint.efficiency 你们窗口态度太差一直拖着不办
progress 我上周的单子办得怎么样了
appointment 帮我约下周三上午的律师
guide 县公共法律服务中心地址在哪
correction 我弟弟在社区矫正能不能去外地
disclosure 我要申请公开你们的文件
suggestion 建议乡下多派几个律师
emergency.police 他正在打我快来人
law.family 他以前打过我想离婚
to_12345 楼下烧烤太吵没人管
law.labour 俺那工钱恁不给算了
law.labour 老板走佬冇出粮
law.family 不是要离婚是问彩礼能不能退
law.labour 不是离婚是要工资
law.labour 他妈的，老板欠我工资不给！"""


@pytest.mark.parametrize("line", PLAIN.splitlines())
def test_what_callers_say_is_acted_on(intents: Intents, line: str) -> None:
    code, text = line.split()
    found = intents.understand(text)
    assert (found.code, found.decision, found.question) == (code, "act", None)


@pytest.mark.parametrize("text", ["人工", "转人工", "我要找人", "喂 给我转人工", "人工服务。"])
def test_a_person_is_always_reached(intents: Intents, text: str) -> None:
    found = intents.understand(text)
    assert (found.code, found.decision) == ("agent", "person")


@pytest.mark.parametrize("text", ["我不想活了", "我想自杀", "活着没意思不如死了", "我步想活了"])
def test_a_crisis_goes_to_a_person(intents: Intents, text: str) -> None:
    found = intents.understand(text)
    assert (found.code, found.decision) == ("crisis", "person")


def test_a_fire_and_a_claim_ask_once_whether_danger_lasts(intents: Intents) -> None:
    found = intents.understand("家里着火了房东不赔")
    assert (found.decision, found.question) == ("confirm", module.STILL_IN_DANGER)
    assert [code for code, _ in found.labels] == ["emergency.fire", "law.housing"]
    assert intents.reply(found, "有").code == "emergency.fire"
    assert intents.reply(found, "没有了 早灭了").code == "law.housing"


@pytest.mark.parametrize("text", ["我要公正", "我要公证", "公证", "想要个公正"])
def test_notary_or_fairness_is_asked(intents: Intents, text: str) -> None:
    found = intents.understand(text)
    assert (found.decision, found.question) == ("confirm", module.NOTARY_OR_FAIR)
    assert intents.reply(found, "对").code == "notary"
    assert intents.reply(found, "后面那个").code == "complaint"


def test_several_matters_ask_for_the_main_one(intents: Intents) -> None:
    found = intents.understand("我老公被车撞了公司说不算工伤他还要跟我离婚")
    assert found.decision == "confirm"
    assert {"law.labour.injury", "law.family"} <= {code for code, _ in found.labels}
    assert found.question is not None and "先办哪一件" in found.question
    assert intents.reply(found, "先说离婚的事").code == "law.family"


@pytest.mark.parametrize("text", ["你们这帮废物", "操你妈", "王八蛋！"])
def test_abuse_without_a_request(intents: Intents, text: str) -> None:
    assert intents.understand(text).code == "abusive"


@pytest.mark.parametrize("text", ["", "   ", "嗯 那个", "喂", "。。。", "\ufffd\ufffd", "😀", "哦"])
def test_nothing_said_asks_again(intents: Intents, text: str) -> None:
    found = intents.understand(text)
    assert (found.code, found.decision, found.question) == ("unclear", "confirm", module.SAY_AGAIN)


def test_an_answer_that_settles_nothing_goes_to_a_person(intents: Intents) -> None:
    asked = intents.understand("嗯 那个")
    assert intents.reply(asked, "嗯").decision == "person"


def test_confidences_are_ordered_shares(intents: Intents) -> None:
    for line in PLAIN.splitlines():
        shares = [share for _, share in intents.understand(line.split()[1]).labels]
        assert shares == sorted(shares, reverse=True)
        assert all(0 < share <= 1 for share in shares)


def test_the_same_sentence_is_understood_the_same_way(intents: Intents) -> None:
    assert intents.understand("房东不退押金") == intents.understand("房东，不退押金？")


def test_very_long_speech(intents: Intents) -> None:
    assert intents.understand("老板欠我工资不给" * 5000).code == "law.labour"


@pytest.mark.parametrize(
    "text",
    [
        "嗯",
        "家里着火了房东不赔",
        "我要公正",
        "我老公被车撞了公司说不算工伤他还要跟我离婚",
        "法院判得不公正怎么办",
    ],
)
def test_every_question_is_made_of_parts_that_can_be_spoken_ahead(intents: Intents, text: str) -> None:
    rest = intents.understand(text).question or "（没有问）"
    for phrase in sorted(module.phrases(intents), key=len, reverse=True):
        rest = rest.replace(phrase, "")
    assert rest.strip("：，；。？") == ""


@pytest.mark.parametrize(
    ("asked", "answer", "code"),
    [
        ("我要公正", "公证书", "notary"),
        ("我要公正", "处理得不公平", "complaint"),
        ("我要公正", "不公平", "complaint"),
        ("我要公正", "不是公证", "complaint"),
        ("我要公正", "第二个", "complaint"),
        ("我要公正", "我要离婚", "law.family"),
        ("我要公正", "人工", "agent"),
        ("家里着火了房东不赔", "没有危险了", "law.housing"),
        ("家里着火了房东不赔", "没有了", "law.housing"),
        ("家里着火了房东不赔", "还在烧", "emergency.fire"),
    ],
)
def test_answers_repeat_deny_or_leave_the_question(intents: Intents, asked: str, answer: str, code: str) -> None:
    assert intents.reply(intents.understand(asked), answer).code == code


def test_the_second_is_the_second_that_was_named(intents: Intents) -> None:
    asked = intents.understand("我老公被车撞了公司说不算工伤他还要跟我离婚")
    assert asked.question is not None
    named = [asked.question.index(intents.topics[code]) for code, _ in asked.labels[:2]]
    assert named == sorted(named)
    assert intents.reply(asked, "第二个").code == asked.labels[1][0]


@pytest.mark.parametrize("answer", ["第三个", "第三件", "最后一个", "最后那个", "三"])
def test_the_third_is_the_third_that_was_named(intents: Intents, answer: str) -> None:
    asked = intents.understand("我老公被车撞了公司说不算工伤他还要跟我离婚")
    found = intents.reply(asked, answer)
    assert (found.code, found.decision) == (asked.labels[2][0], "act")


@pytest.mark.parametrize(("answer", "place"), [("头一件", 0), ("一", 0), ("中间那个", 1), ("二", 1)])
def test_the_others_by_their_place(intents: Intents, answer: str, place: int) -> None:
    asked = intents.understand("我老公被车撞了公司说不算工伤他还要跟我离婚")
    assert intents.reply(asked, answer).code == asked.labels[place][0]


def test_no_third_of_two(intents: Intents) -> None:
    asked = intents.understand("我要公正")
    assert intents.reply(asked, "第三个").decision == "person"
    assert intents.reply(asked, "最后一个").code == "complaint"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我不要离婚我要讨工钱", "law.labour"),
        ("我不离婚我是问工资的事", "law.labour"),
        ("别跟我说离婚我要问的是辞退赔偿", "law.labour"),
        ("跟离婚没关系我问的是加班费", "law.labour"),
        ("我不想打官司我想找人调解", "mediation"),
        ("我不预约我查进度", "progress"),
        ("我不想离婚我想让他回来", "law.family"),
        ("房东不退押金我要起诉", "law.housing"),
        ("他不还钱我要告他", "law.contract"),
    ],
)
def test_what_is_denied_is_not_the_matter(intents: Intents, text: str, code: str) -> None:
    assert intents.understand(text).code == code


def test_a_denied_matter_hides_no_danger(intents: Intents) -> None:
    found = intents.understand("我不要离婚我要报警他正在砸门")
    assert (found.code, found.decision) == ("emergency.police", "act")
