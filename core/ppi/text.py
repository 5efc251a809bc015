"""A text, and what the patterns need to know of it, found once."""

from __future__ import annotations

from collections.abc import Iterable


class Text:
    """`lowered` has the same length, so that places in it are places in `given`."""

    def __init__(self, given: str) -> None:
        self.given = given
        # The only letter that becomes two when it is made small.
        self.lowered = given.replace("\u0130", "I").lower()

    def has_any(self, words: Iterable[str]) -> bool:
        """Looked up before a pattern is tried, which takes a hundred times longer."""
        return any(word in self.lowered for word in words)

    def line_before(self, at: int, reach: int) -> int:
        """Where the line that holds `at` begins, or `reach` characters back in a longer one."""
        first = max(0, at - reach)
        return max(self.given.rfind("\n", first, at) + 1, first)
