"""Words of dates and times under other characters of the same sound: 下舟三上武 → 下周三上午. PURE.

It decides which character of the calendar a syllable stands for. It must not know what date that makes. A character
that is common in other words (是 就 好 吧) is left alone, so this is a second try, never the first.
"""

from knowledge.sounds import sentence

MEANT = {
    **{"xia": "下", "zhou": "周", "li": "礼", "xing": "星", "ri": "日", "mo": "末", "ming": "明", "tian": "天"},
    **{"hou": "后", "jin": "今", "ling": "零", "yi": "一", "er": "二", "liang": "两", "san": "三", "si": "四"},
    **{"liu": "六", "ba": "八", "jiu": "九", "shi": "十", "yue": "月", "dian": "点", "zhong": "中", "wan": "晚"},
    **{"shang": "上", "zao": "早", "zhe": "这", "ge": "个", "fen": "分", "dao": "到", "da": "大"},
}
LEFT_ALONE = frozenset(
    "下夏上中大到的是时事就好吧把里理离例而儿以已意医你那哪我他她它这着者死点月个和给要约想办早晚分后明今天日"
    "师市室事实试司私死姓"
)
# First halves of words that only the second half gives away.
PAIRS = {("li", "bai"): "礼", ("xing", "qi"): "星", ("xia", "wu"): "下", ("shang", "wu"): "上", ("zhong", "wu"): "中"}
DONE_THERE = ("li", "gong", "shi", "ge", "yi")  # 三点办理, 办公证, 办事 name no half hour
NUMERALS = frozenset("零一二两三四五六七八九十")


def meant(text: str) -> str:
    """`text` without blanks, with the characters of dates and times where it only sounds like them."""
    said = sentence(text)
    made: list[str] = []
    after = (*said.syllables[1:], "") if len(said) else ()
    for char, syllable, following in zip(said.chars, said.syllables, after, strict=True):
        pair = PAIRS.get((syllable, following))
        before = "".join(made[-2:])
        half = syllable == "ban" and before.endswith("点") and following not in DONE_THERE
        made.append("半" if half else pair or _meant(char, syllable, before))
    return "".join(made)


def _meant(char: str, syllable: str, before: str) -> str:
    last = before[-1:]
    near = {
        "wu": "午" if last in ("上", "下", "中") else "五",
        "qi": "期" if last == "星" else "七",
        "bai": "拜" if last == "礼" else char,
        "hao": "号" if last in NUMERALS else char,
        "ke": "刻" if before in ("点一", "点三") else char,
    }
    if syllable in near and (char not in LEFT_ALONE or syllable == "hao"):
        return near[syllable]
    return char if char in LEFT_ALONE else MEANT.get(syllable, char)
