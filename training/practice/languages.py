"""The languages in which a trainee may want their review. A trainer's are their skills named `lang:` and the code."""

from __future__ import annotations

from collections.abc import Iterable

LANGUAGES = {
    "ar": "Arabic",
    "asl": "American Sign Language",
    "fr": "French",
    "ht": "Haitian Creole",
    "ko": "Korean",
    "ne": "Nepali",
    "pt": "Portuguese",
    "ru": "Russian",
    "so": "Somali",
    "es": "Spanish",
    "sw": "Swahili",
    "tl": "Tagalog",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
PREFIX = "lang:"


def words(code: str) -> str:
    """English where nothing else was asked for."""
    return LANGUAGES.get(code, "English")


def spoken(skills: Iterable[str]) -> list[str]:
    return sorted({skill.removeprefix(PREFIX) for skill in skills if skill.startswith(PREFIX)})
