"""Text as it is stored: without marks that nobody sees and that make a reader see something else than is written."""

from __future__ import annotations

import re

# Marks, embeddings, overrides and isolates of writing direction, and blanks without width. Not the joiners U+200C
# and U+200D: names in Persian and in the scripts of India need them.
UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def one_line(text: str) -> str:
    """One line without such marks, blanks collapsed: a subject, a name."""
    return " ".join(UNSEEN.sub("", text).split())
