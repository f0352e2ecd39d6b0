"""Who sees a phone number whole, alone or spoken among other words. Pure: what is kept in, what is shown out."""

import re

# PIPL Art. 6: as little as the work needs. A supervisor calls back; everyone else works without the digits.
SEES_NUMBERS = frozenset({"supervisor"})


def masked(number: str | None) -> str | None:
    """138****1234; short numbers keep their last two digits, shorter ones nothing."""
    if number is None:
        return None
    if len(number) >= 9:
        return f"{number[: min(6, len(number) - 8)]}****{number[-4:]}"
    return "*" * (len(number) - 2) + number[-2:] if len(number) > 4 else "*" * len(number)


def shown(number: str | None, role: str) -> str | None:
    """The number as someone in `role` sees it."""
    return number if role in SEES_NUMBERS else masked(number)


# Figures as people type them and as a recogniser writes them; numbers of telephones, people and accounts are longer.
SPOKEN_NUMBER = re.compile(r"(?:[0-9Xx〇零一幺二两三四五六七八九][ -]?){7,}")


def masked_words(text: str) -> str:
    """`text` with every run of seven figures or more masked: 我的号码是一三八****一二三四."""
    return SPOKEN_NUMBER.sub(lambda found: str(masked(re.sub("[ -]", "", found[0]))), text)
