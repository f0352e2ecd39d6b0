"""What of a sentence is the matter itself: fillers, abuse and what the caller says it is not are taken out.

Decides on words only; knows no labels and no danger.
"""

import re

from knowledge.cues import Phrases, spans
from knowledge.sounds import Sentence

# 不是 X 是 Y: X is not the matter. 是不是 asks, and 说不是 quotes the other side.
NOT_BUT = re.compile(
    r"(?<! shi)(?<! shuo)(?<! wei)(?<! ding)(?<! de) "
    r"(?:wo )?(?:bing )?(?:bu shi|bu wen|mei you yao|mei yao|mei shuo) "
    r"(?P<not>(?:[^ ]+ ){1,7}?)"
    r"(?=(?:er |jiu |zhi |dan |wo |jin tian )?"
    r"(?:shi|xiang wen|yao wen|wo xiang|wo yao|wo wen|jiu xiang|zhi xiang|lai wen|wen de) )"
)
# 不是离婚要工资: without a second 是 only a short X is taken for a denial.
NOT_WANT = re.compile(
    r"(?<! shi)(?<! shuo)(?<! wei)(?<! ding)(?<! de) (?:wo )?(?:bing )?bu shi "
    r"(?P<not>(?:[^ ]+ ){1,4}?)(?=(?:xiang|yao|wen) )"
)
# 我问的是彩礼不是离婚
BUT_NOT = re.compile(
    r" (?:wen|shuo|yao|zi xun|xiang)(?: [^ ]+){0,3} shi (?:[^ ]+ ){1,10}?(?:er )?bu shi (?P<not>(?:[^ ]+ ){1,6})$"
)

# What a caller does or asks: only of these a bare 不 says that it is not the matter (房东不退押金 is one).
DOINGS = (
    "yao|xiang|wen|shuo|ti|ban|cha|lai|li hun|da guan si|yu yue|tou su|zi xun|shen qing|bao jing|tiao jie|gong zheng"
)
SAYS = "shi|yao|xiang|wen|shuo|jiu|zhi|lai|cha|ban|yu yue|tou su|zi xun|shen qing|tao"
# 我不要离婚我要讨工钱, 别跟我说离婚我问的是辞退, 不问离婚问社保: said at the head, and perhaps meant otherwise.
PERHAPS_NOT = tuple(
    re.compile(f"^ (?:(?:en|a|na ge|ni hao) )*(?P<not>(?:wo )?(?:bing |ye )?{denial}(?:[^ ]+ ){{0,6}}?)(?={after})")
    for denial, after in (
        (f"bu (?:{DOINGS}) ", f"wo (?:{SAYS}) "),
        ("mei (?:you )?(?:shuo|wen|ti|yao) ", f"wo (?:{SAYS}) "),
        ("bie (?:gen wo )?(?:shuo|ti|jiang|che) ", f"wo (?:{SAYS}) "),
        ("(?:gen|he) (?:[^ ]+ ){1,4}?(?:mei|mei you|wu) guan xi ", ""),
        ("bu wen ", "wen "),
        ("bu cha ", "cha "),
        ("bu ban ", "ban "),
    )
)


def perhaps_undenied(said: Sentence) -> Sentence | None:
    """`said` without a denial at its head that may not be one (我不想离婚我想要孩子); None without one."""
    for pattern in PERHAPS_NOT:
        match = pattern.search(said.sound)
        if match:
            start = said.sound.count(" ", 0, match.start("not")) - 1
            shorter = said.without(start, start + match.group("not").count(" "))
            return shorter if len(shorter) >= 3 else None
    return None


def undenied(said: Sentence) -> Sentence:
    """`said` without what the caller denies (不是要离婚是问彩礼 → 是问彩礼)."""
    for pattern in (NOT_BUT, NOT_WANT, BUT_NOT):
        match = pattern.search(said.sound)
        if match:
            start = said.sound.count(" ", 0, match.start("not")) - 1
            shorter = said.without(start, start + match.group("not").count(" "))
            if len(shorter) >= 4:
                said = shorter
    return said


def stripped(said: Sentence, phrases: Phrases, heard_from: int = 2) -> Sentence:
    """`said` without every occurrence of `phrases`; shorter ones than `heard_from` only where the characters agree."""
    gone = {place for start, end in spans(phrases, said, heard_from) for place in range(start, end)}
    if not gone:
        return said
    kept = [place for place in range(len(said)) if place not in gone]
    return Sentence(
        tuple(said.chars[i] for i in kept),
        tuple(said.syllables[i] for i in kept),
        tuple(said.blurred[i] for i in kept),
    )
