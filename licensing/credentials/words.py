"""Which words are in the dictionary: those of zxcvbn, which the accounts' passwords are judged by too."""

from __future__ import annotations

from functools import lru_cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from licensing.credentials.rules import SHORTEST_WORD


def is_word(text: str) -> bool:
    """Whether it is an English word, a common name or a password that many use; lower case letters only."""
    return text in _words()


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    lists = FREQUENCY_LISTS.values()
    return frozenset(word for one in lists for word in one if len(word) >= SHORTEST_WORD and word.isalpha())
