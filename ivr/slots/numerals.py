"""Small numbers as people say or type them: 二十六, 廿六, 26, 两. PURE.

It decides how one number of up to two figures reads. It must not know what is counted.
"""

FIGURES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
NUMBER = "(?:[0-9]{1,2}|[零〇一二两三四五六七八九十廿卅]{1,3})"  # for patterns; what it finds may still be no number


def number(text: str) -> int | None:
    """0 to 99, or None for what is no number: 二十六 → 26, 十 → 10, 零五 → 5; 二六 and 十十 are none."""
    if text.isascii():
        return int(text) if text.isdigit() and len(text) <= 2 else None
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.partition("十")
    if not ten:
        return _figure(text.removeprefix("零") if len(text) == 2 else text)
    first = _figure(tens) if tens else 1
    last = _figure(ones) if ones else 0
    return None if not first or last is None or (ones and not last) else first * 10 + last


def _figure(text: str) -> int | None:
    return FIGURES.get(text)


def spoken(value: int) -> str:
    """0 to 99 in characters: 26 → 二十六."""
    tens, ones = divmod(value, 10)
    figures = "零一二三四五六七八九"
    if not tens:
        return figures[ones]
    return f"{figures[tens] if tens > 1 else ''}十{figures[ones] if ones else ''}"
