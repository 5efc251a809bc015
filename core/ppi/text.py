"""A text, and what the patterns need to know of it, found once."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

# What takes no room on a page and so parts nothing for a reader: control characters, format characters (category
# Cf), selectors of a glyph's variant, and the fillers of Hangul.
INVISIBLE = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")


class Text:
    """`given` is the text as one sees it, every blank a space; `lowered` has the same length.

    Places in both are places in that; `place` says where they are in what came.
    """

    def __init__(self, came: str) -> None:
        self._gaps: list[int] = []
        self._left_out: list[int] = [0]
        self._note_gaps(came)
        self.given = BLANKS.sub(" ", INVISIBLE.sub("", came) if self._gaps else came)
        # The only letter that becomes two when it is made small.
        self.lowered = self.given.replace("\u0130", "I").lower()

    def _note_gaps(self, came: str) -> None:
        spans = [match.span() for match in INVISIBLE.finditer(came)]
        self._left_out += accumulate(end - start for start, end in spans)
        self._gaps = [start - left_out for (start, _), left_out in zip(spans, self._left_out, strict=False)]

    def place(self, at: int) -> int:
        """Where the character stands in the text that came."""
        return at + self._left_out[bisect_right(self._gaps, at)]

    def has_any(self, words: Iterable[str]) -> bool:
        """Looked up before a pattern is tried, which takes a hundred times longer."""
        return any(word in self.lowered for word in words)

    def line_before(self, at: int, reach: int) -> int:
        """Where the line that holds `at` begins, or `reach` characters back in a longer one."""
        first = max(0, at - reach)
        return max(self.given.rfind("\n", first, at) + 1, first)
