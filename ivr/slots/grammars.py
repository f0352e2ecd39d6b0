"""Closed lists of phrases for the recogniser, one for each kind of question. PURE.

It decides what can be heard at a question that has few answers. What is asked for at every step, and the words of
danger, are in every list, so that a closed question never keeps anybody from a person.
"""

from ivr.slots.numerals import spoken
from ivr.slots.services import ServiceSettings, Words

FIGURES = ("零", "一", "幺", "二", "两", "三", "四", "五", "六", "七", "八", "九")
WEEKDAYS = tuple(
    f"{change}{week}{day}" for change in ("改成", "不对是") for week in ("星期",) for day in "一二三四五六天"
)


def always(settings: ServiceSettings) -> tuple[str, ...]:
    """What may be said at every step."""
    words = settings.words
    asked = (*words.person, *words.repeat, *words.help, *words.back, *words.cancel, *words.other)
    return (*asked, *settings.alarms)


def yes_no(settings: ServiceSettings) -> tuple[str, ...]:
    words = settings.words
    named = tuple(f"{name}不对" for said in words.slots.values() for name in said)
    said = (*words.agree, *words.deny, *words.change, *words.elsewhere, *named, *WEEKDAYS, *always(settings))
    return tuple(dict.fromkeys(said))


def choice(settings: ServiceSettings, slot: str) -> tuple[str, ...]:
    listed = settings.options[slot]
    options = tuple(word for option in listed for word in (option.name, *option.words))
    places = tuple(f"第{spoken(place)}个" for place in range(1, len(listed) + 1))
    return tuple(dict.fromkeys((*options, *places, *always(settings))))


def digits(settings: ServiceSettings) -> tuple[str, ...]:
    """Figures one by one, and the words of every step."""
    return tuple(dict.fromkeys((*FIGURES, *_brief(settings.words), *settings.alarms)))


def _brief(words: Words) -> tuple[str, ...]:
    return (*words.person, *words.repeat, *words.help, *words.back, *words.cancel)
