"""How written Chinese is read aloud: figures and letters become words, characters become pinyin with tones.

PURE: text in, text out. It must not know who speaks it.
"""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

DIGITS = "零一二三四五六七八九"
PLACES = ("", "十", "百", "千")
MYRIADS = ("", "万", "亿", "兆")
MEASURES = (
    "个半小时|个工作日|工作日|个|元|块|万|亿|天|日|月|号|点|分钟|分|秒|小时|周|岁|人|件|次|名|位|条|项|种|家|份|张|套|间|级|楼|层|栋|"
    "年级|平方米|平方|平米|公里|千米|米|克|斤|公斤|吨|度|倍|折|起|期|章|页|款|届"
)
LETTER_NAMES = "欸 必 西 地 易 艾弗 寄 艾取 爱 这 开 艾勒 艾姆 恩 欧 屁 扣 阿 艾思 替 优 威 达不溜 艾克斯 外 贼"
LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", LETTER_NAMES.split(), strict=True))
# pypinyin reads these in a way nobody means who speaks on the telephone.
READINGS = {"嗯": "en1", "欸": "ei1", "诶": "ei1", "唔": "en1", "呣": "mu3", "哼": "heng1", "噷": "heng1"}


def spoken(text: str) -> str:
    """`text` with every figure and capital abbreviation written as it is said.

    Three and more figures without a measure word are a number to dial, said one by one with 幺 for 1; years are said
    one by one with 一; what stands before a measure word, or is one or two figures long, is counted.
    """
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)", r"\1年\2月\3日", text)
    text = re.sub(r"(?<!\d)(\d{1,2})[::](\d\d)(?!\d)", _clock, text)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(\d+(?:\.\d+)?)%", lambda m: "百分之" + counted(m[1]), text)
    text = re.sub(r"(\d{4})(?=年(?!级))", lambda m: one_by_one(m[1]), text)
    text = re.sub(rf"(\d+(?:\.\d+)?)(?={MEASURES}|年|\d*[后前]年)", _measured, text)
    text = re.sub(r"\d+\.\d+", lambda m: counted(m[0]), text)
    text = re.sub(r"(?<=\d)[- ](?=\d)", "", text)
    text = re.sub(r"\d{3,}|0\d", lambda m: one_by_one(m[0], one="幺"), text)
    text = re.sub(r"\d+", lambda m: counted(m[0]), text)
    return re.sub(r"[A-Z]+(?![a-z])", lambda m: "".join(LETTERS[letter] for letter in m[0]), text)


def one_by_one(figures: str, one: str = "一") -> str:
    """'12348' → '一二三四八'; `one` is how 1 is said."""
    return "".join(one if figure == "1" else DIGITS[int(figure)] for figure in figures)


def counted(figures: str) -> str:
    """'105' → '一百零五', '3.50' → '三点五零'; beyond 16 figures, one by one."""
    whole, _, fraction = figures.partition(".")
    if len(whole) > 16:
        return (
            one_by_one(figures.replace(".", "点")) if not fraction else one_by_one(whole) + "点" + one_by_one(fraction)
        )
    said = _whole(int(whole))
    return f"{said}点{one_by_one(fraction)}" if fraction else said


def pinyin(text: str) -> str:
    """`text` as pinyin with tone figures (5 is the neutral tone), ü as v, syllables apart, the rest as it is.

    >>> pinyin("你好，律师")
    'ni3 hao3 , lv4 shi1'
    """
    return " ".join(part for part in _syllables(text) if part)


def _syllables(text: str) -> list[str]:
    parts: list[str] = []
    for run in re.findall(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+", text):
        if not "\u3400" <= run[0] <= "\u9fff":
            plain = unicodedata.normalize("NFKC", run).replace("。", ".").replace("、", ",")
            parts.append(re.sub(r"[\[\]]", " ", plain).strip())
            continue
        said = lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True)
        if len(said) == len(run):
            said = [READINGS.get(char, syllable) for char, syllable in zip(run, said, strict=True)]
        parts += said
    return parts


def _whole(number: int) -> str:
    if number == 0:
        return DIGITS[0]
    groups = []
    while number:
        number, low = divmod(number, 10000)
        groups.append(low)
    said = ""
    for myriad in reversed(range(len(groups))):
        if not groups[myriad]:
            continue
        gap = bool(said) and (groups[myriad] < 1000 or groups[myriad + 1] == 0)
        said += (DIGITS[0] if gap else "") + _thousands(groups[myriad]) + MYRIADS[myriad]
    return said.removeprefix("一") if said.startswith("一十") else said


def _thousands(number: int) -> str:
    said, gap = "", False
    for place in (3, 2, 1, 0):
        figure = number // 10**place % 10
        if figure:
            said += (DIGITS[0] if gap and said else "") + DIGITS[figure] + PLACES[place]
        gap = figure == 0
    return said


def _measured(match: re.Match[str]) -> str:
    after = match.string[match.end() : match.end() + 1]
    return "两" if match[1] == "2" and after not in "月日号楼级层分秒" else counted(match[1])


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    said = "两点" if hour == 2 else f"{_whole(hour)}点"
    if not minute:
        return said + "整"
    return said + ("零" if minute < 10 else "") + _whole(minute) + "分"
