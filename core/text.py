"""Text as it is stored: without marks that nobody sees and that make a reader see something else than is written."""

from __future__ import annotations

import re

# Marks, embeddings, overrides and isolates of writing direction, blanks without width, soft hyphens, annotations and
# tags. Not the joiners U+200C and U+200D nor the Mongolian vowel separator: names of Persia, India and Mongolia need
# them.
UNSEEN = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def one_line(text: str) -> str:
    """One line without such marks, blanks collapsed: a subject, a name."""
    return " ".join(UNSEEN.sub("", text).split())
