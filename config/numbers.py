"""Telephone numbers a trunk may be asked for: patterns of digits, and digits taken off or put before. PURE.

It decides whether a number fits and how the trunk wants to see it. It must not know SIP, nor who asks.
"""

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

LONGEST = 32
"""Digits of a number; E.164 has 15, carriers' prefixes come before."""

FORM = 'must be digits, x for any digit, sets such as [3-9] and, at the end, … for further digits: "1[3-9]xxxxxxxxx"'
_PART = re.compile(r"(?P<digit>[0-9])|(?P<any>[xX])|\[(?P<set>(?:[0-9](?:-[0-9])?)+)\]|(?P<rest>…|\.\.\.)$")
_RANGE = re.compile(r"([0-9])-([0-9])")


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern; `…` stands for one digit or more. Raises ValueError that says the form."""
    parts, at = [], 0
    while at < len(pattern):
        found = _PART.match(pattern, at)
        if found is None:
            raise ValueError(FORM)
        parts.append(_expression(found))
        at = found.end()
    if not parts or parts[0] == "[0-9]+":
        raise ValueError(f"{FORM}; it must say at least how numbers begin")
    return re.compile("".join(parts))


def _expression(found: re.Match[str]) -> str:
    if found["set"]:
        if any(first > last for first, last in _RANGE.findall(found["set"])):
            raise ValueError(f"{FORM}; a set runs upwards")
        return f"[{found['set']}]"
    if found["rest"]:
        return "[0-9]+"
    return found["digit"] or "[0-9]"


def fits(pattern: str, number: str) -> bool:
    """Whether the whole of `number`, digits and nothing else, is of the pattern."""
    return is_number(number) and compiled(pattern).fullmatch(number) is not None


def reaches(pattern: str, figures: int) -> bool:
    """Whether the pattern fits numbers of so many figures or more."""
    parts = list(_PART.finditer(pattern))
    return len(parts) >= figures or any(part["rest"] for part in parts)


def is_number(text: str) -> bool:
    """ASCII digits, not more than LONGEST."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST


def rewritten(number: str, strip: str, prefix: str) -> str:
    """The number as the trunk wants it: `strip` off its beginning where it is there, then `prefix` before it."""
    return prefix + number.removeprefix(strip)


def normalised(text: str, area_code: str = "") -> str:
    """A Chinese number the way it is kept here: mobile numbers bare, others with 0 and their area code.

    `+86`, `0086` and `86` before a number of the country and the 0 before a mobile number go; another country's has 00
    before it; a number of seven or eight digits gets `area_code` where one is given. What is no number stays as it is.
    """
    digits = text.removeprefix("+")
    if not digits or not is_number(digits):
        return text
    if digits.startswith("00") and not text.startswith("+"):
        digits, abroad = digits[2:], True
    else:
        abroad = text.startswith("+")
    home = digits.removeprefix("86") if digits.startswith("86") and (abroad or len(digits) > LONGEST_BARE) else ""
    if home:
        return _at_home(home, "")
    return f"00{digits}" if abroad else _at_home(digits, area_code)


LONGEST_BARE = 11
"""Digits of the country's longest number without a 0 before it: a mobile one, or area code and eight digits."""
_MOBILE = re.compile(r"0?(1[3-9][0-9]{9})")
_WITH_AREA = re.compile(r"(?!400|800)(10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}")


def _at_home(digits: str, area_code: str) -> str:
    """A number as it is dialled within the country; after +86 the area code has lost its 0."""
    mobile = _MOBILE.fullmatch(digits)
    if mobile is not None:
        return mobile[1]
    if area_code and len(digits) in (7, 8) and digits[0] not in "01":
        return area_code + digits
    if len(digits) > 8 and not digits.startswith("0") and _WITH_AREA.fullmatch(digits):
        return f"0{digits}"
    return digits


def _pattern(text: str) -> str:
    compiled(text)
    return text


def _digits(text: str) -> str:
    if text and not is_number(text):
        raise ValueError(f"must be digits and nothing else, {LONGEST} at the most")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Digits = Annotated[str, AfterValidator(_digits)]
