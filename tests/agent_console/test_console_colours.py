"""The colours: contrast AA (WCAG 2.1, 1.4.3: 4.5 to 1 for text) in both themes, one set of names."""

import re
from pathlib import Path

import pytest

import agent_console

CSS = Path(agent_console.__file__).parent / "static"
BLOCKS = re.findall(r"\{([^{}]*--page[^{}]*)\}", (CSS / "tokens.css").read_text(encoding="utf-8"))
LIGHT, DARK, DARK_BY_SYSTEM = (dict(re.findall(r"--([\w-]+):\s*(#\w{6})", block)) for block in BLOCKS)
PAIRS = [
    *[(text, ground) for text in ("text", "soft", "accent") for ground in ("page", "surface", "raised")],
    *[(colour, "surface") for colour in ("green", "amber", "red", "violet")],
    *[(colour, f"{colour}-soft") for colour in ("accent", "green", "amber", "red", "violet")],
    ("soft", "grey-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-amber", "amber-strong"),
    ("on-banner", "banner"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_contrast(theme: dict[str, str], text: str, ground: str) -> None:
    light, dark = sorted((luminance(theme[text]), luminance(theme[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_dark_is_dark_by_whichever_way_it_was_chosen() -> None:
    assert DARK == DARK_BY_SYSTEM
    assert set(DARK) == set(LIGHT)


def test_no_other_file_has_colours_of_its_own() -> None:
    for file in CSS.glob("*.css"):
        if file.name != "tokens.css":
            colours = set(re.findall(r"#[0-9a-f]{3,8}\b", file.read_text(encoding="utf-8")))
            assert colours == set(), file.name
