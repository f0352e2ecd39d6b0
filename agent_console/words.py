"""The languages of the console: Chinese as written in the pages, English by english.yaml. Decides which one is shown.

What callers, clerks and law call things (categories, phrases to say) stays Chinese in both.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("zh", "en")


def language(cookies: Mapping[str, str]) -> str:
    kept = cookies.get("language", "")
    return kept if kept in LANGUAGES else LANGUAGES[0]


def said(text: str, language: str) -> str:
    """`text` in `language`; Chinese where there is no other word for it."""
    return dictionary(language).get(text, text)


def dictionary(language: str) -> dict[str, str]:
    """Chinese → `language`; empty for Chinese itself."""
    return english() if language == "en" else {}


@cache
def english() -> dict[str, str]:
    words: dict[str, str] = yaml.safe_load(Path(__file__).with_name("english.yaml").read_text(encoding="utf-8"))
    return {str(chinese): str(word) for chinese, word in words.items()}
