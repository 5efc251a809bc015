"""What an HMIS password must be, what is wrong with one, and making one that is right. Pure.

Rules: SON-LI-6, VT-LI-7, MO-LI-7. That a password serves for nothing else, and that it is none of the last ones, only
its owner can see to; a made one is new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase, digits

from core.policy.values import PasswordRules

WISHED = 14
SHORTEST_WORD = 4
# Without the letters and digits that look like others on paper and by phone.
LOWER = "".join(c for c in ascii_lowercase if c not in "ilo")
UPPER = "".join(c for c in ascii_uppercase if c not in "IO")
DIGITS = "23456789"
SPECIAL = "!#$%*+=?@"
TRIES = 10_000

Choose = Callable[[Sequence[str]], str]


class Channel(StrEnum):
    """How the person gets it. MAIL: by e-mail, never through this service for a password."""

    MAIL = "mail"
    PHONE = "phone"
    TEXT = "text"
    IN_PERSON = "in-person"
    LETTER = "letter"


@dataclass(frozen=True)
class Names:
    """What a password must not contain, in words of the people who would guess it."""

    user_name: str
    hmis: tuple[str, ...] = ("hmis",)
    vendor: str = ""


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a password, with the code of what the manual refuses or asks for."""

    code: str
    sentence: str


def flaws(password: str, rules: PasswordRules, names: Names, is_word: Callable[[str], bool]) -> list[Flaw]:
    """Everything that is wrong, one by one; nothing for a password that meets the manual's rules (SON-LI-6, VT-LI-7,
    MO-LI-7)."""
    return [*_size(password, rules), *_kinds(password, rules), *_refused(password, rules, names, is_word)]


def _size(password: str, rules: PasswordRules) -> list[Flaw]:
    if len(password) < rules.min_length:
        return [Flaw("min-length", f"It has fewer than {rules.min_length} characters.")]
    if rules.max_length is not None and len(password) > rules.max_length:
        return [Flaw("max-length", f"It has more than {rules.max_length} characters.")]
    return []


def _kinds(password: str, rules: PasswordRules) -> list[Flaw]:
    counted = {
        "letters": (rules.letters, sum(c in ascii_lowercase + ascii_uppercase for c in password), "letter"),
        "upper": (rules.upper, sum(c in ascii_uppercase for c in password), "upper case letter"),
        "lower": (rules.lower, sum(c in ascii_lowercase for c in password), "lower case letter"),
        "digits": (rules.digits, sum(c in digits for c in password), "digit"),
        "special": (rules.special, sum(not c.isalnum() and not c.isspace() for c in password), "special character"),
    }
    return [
        Flaw(code, f"It has fewer than {wanted} {word}{'s' if wanted > 1 else ''}.")
        for code, (wanted, there, word) in counted.items()
        if there < wanted
    ]


def _refused(password: str, rules: PasswordRules, names: Names, is_word: Callable[[str], bool]) -> list[Flaw]:
    both_ways = "backwards" in rules.refuses
    named = {
        "user-name": ((names.user_name, *_parts(names.user_name)), "the user name"),
        "hmis-name": (names.hmis, "the name of the HMIS"),
        "vendor-name": ((names.vendor, *_parts(names.vendor)), "the vendor's name"),
    }
    found = [
        Flaw(code, f"It contains {words}.")
        for code, (forbidden, words) in named.items()
        if code in rules.refuses and any(_contains(password, one, both_ways=both_ways) for one in forbidden)
    ]
    if "dictionary-word" in rules.refuses and _has_word(password, is_word, both_ways=both_ways):
        found.append(Flaw("dictionary-word", "It contains a word of the dictionary."))
    return found


def _parts(name: str) -> tuple[str, ...]:
    split = "".join(c if c.isalnum() else " " for c in name).split()
    return tuple(one for one in split if len(one) >= SHORTEST_WORD)


def _contains(password: str, name: str, *, both_ways: bool) -> bool:
    low, looked_for = password.casefold(), name.casefold()
    return bool(looked_for) and (looked_for in low or (both_ways and looked_for[::-1] in low))


def _has_word(password: str, is_word: Callable[[str], bool], *, both_ways: bool) -> bool:
    low = password.casefold()
    parts = (low[i:j] for i in range(len(low)) for j in range(i + SHORTEST_WORD, len(low) + 1))
    return any(part.isalpha() and (is_word(part) or (both_ways and is_word(part[::-1]))) for part in parts)


def make(rules: PasswordRules, names: Names, is_word: Callable[[str], bool], choose: Choose) -> str:
    """A password that has no flaw. `choose` picks one of a sequence, without anybody being able to guess which.

    Raises ValueError where the rules leave none to find.
    """
    length = max(rules.min_length, WISHED)
    length = min(length, rules.max_length) if rules.max_length is not None else length
    for _ in range(TRIES):
        made = _draft(rules, length, choose)
        if not flaws(made, rules, names, is_word):
            return made
    raise ValueError("no password meets these rules")


def _draft(rules: PasswordRules, length: int, choose: Choose) -> str:
    """What must be there, filled up, in an order that is drawn too."""
    wanted = [UPPER] * max(rules.upper, 1) + [LOWER] * max(rules.lower, 1) + [DIGITS] * max(rules.digits, 2)
    wanted += [SPECIAL] * rules.special
    wanted += [LOWER + UPPER + DIGITS] * (length - len(wanted))
    drawn = [choose(kind) for kind in wanted]
    mixed = []
    while drawn:
        at = int(choose([str(n) for n in range(len(drawn))]))
        mixed.append(drawn.pop(at))
    return "".join(mixed)
