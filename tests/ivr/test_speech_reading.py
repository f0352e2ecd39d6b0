import pytest

from ivr.speech.reading import counted, pinyin, spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12348", "幺二三四八"),
        ("按1法律咨询,按0人工", "按一法律咨询,按零人工"),
        ("拨打110", "拨打幺幺零"),
        ("2026年11月3日", "二零二六年十一月三日"),
        ("2026-11-03", "二零二六年十一月三日"),
        ("下午14:05", "下午十四点零五分"),
        ("9:00", "九点整"),
        ("2个人,2月,12天,2楼", "两个人,二月,十二天,二楼"),
        ("105元和1,050元", "一百零五元和一千零五十元"),
        ("95%", "百分之九十五"),
        ("3.5万元", "三点五万元"),
        ("0571-87654321", "零五七幺八七六五四三二幺"),
        ("5个工作日", "五个工作日"),
        ("第12条", "第十二条"),
        ("３号窗口", "三号窗口"),
        ("没有数字", "没有数字"),
    ],
)
def test_figures_are_read_as_people_say_them(text: str, said: str) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("figures", "said"),
    [("0", "零"), ("10", "十"), ("110", "一百一十"), ("1001", "一千零一"), ("100010", "十万零一十"),
     ("20000", "二万"), ("100000000", "一亿"), ("3.05", "三点零五")],
)  # fmt: skip
def test_counting(figures: str, said: str) -> None:
    assert counted(figures) == said


def test_pinyin_knows_polyphones() -> None:
    assert pinyin("不给") == "bu4 gei3"
    assert pinyin("重新办证，银行行长") == "chong2 xin1 ban4 zheng4 , yin2 hang2 hang2 zhang3"
    assert pinyin("律师，女儿") == "lv4 shi1 , nv3 er2"


def test_brackets_cannot_reach_the_synthesiser_as_phonemes() -> None:
    assert "[" not in pinyin("[[abc]]你好")
