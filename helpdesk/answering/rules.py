"""What of the knowledge base may be told to whoever asked. Pure."""

from __future__ import annotations

from enum import StrEnum

LONGEST_TEXT = 20_000


class How(StrEnum):
    """An article goes into an answer as its address, or as its words with the address below."""

    LINK = "link"
    TEXT = "text"


def is_tellable(
    *, is_for_staff: bool, is_published: bool, same_lead: bool, its_coc: int | None, coc: int | None
) -> bool:
    """Whether the one who asked could read the article themselves: what is for staff stays with them (MO-HD-7)."""
    return is_published and same_lead and not is_for_staff and its_coc in (None, coc)


def joined(typed: str, words: str) -> str:
    """What was typed, kept as it is, with the words below it."""
    return f"{typed.rstrip()}\n\n{words}" if typed.strip() else words
