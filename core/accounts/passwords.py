"""Passwords: Argon2id, and what makes one good enough (OWASP ASVS 5.0, 6.2: length and guessability, no recipes)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from core.errors import Invalid

SHORTEST, LONGEST = 12, 200
STRONG_ENOUGH = 3
JUDGED = 72  # zxcvbn's time grows with the square of the length; what follows cannot make a password weaker
OWN_WORDS = ("hearthdesk", "hearth", "hmis", "helpdesk", "clarity", "servicepoint", "continuum", "shelter")

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def matches(password: str, kept: str) -> bool:
    """Whether it is the password. Takes as long for an account that is not there (`kept` empty) as for one that is."""
    try:
        return _hasher.verify(kept or _nobody(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    return _hasher.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("no account has this password")


def check(password: str, known: tuple[str, ...] = ()) -> None:
    """Raises Invalid with what to do; `known` are words an attacker would try first: the person's name and address."""
    if len(password) < SHORTEST:
        raise Invalid(f"Use at least {SHORTEST} characters.", "Four or five words in a row work well.", "password")
    if len(password) > LONGEST:
        raise Invalid(f"Use at most {LONGEST} characters.", field="password")
    words = [*OWN_WORDS, *_pieces(known)]
    left = _without(words, password)
    if not left or zxcvbn(left[:JUDGED], user_inputs=words)["score"] < STRONG_ENOUGH:
        raise Invalid(
            "That password is too easy to guess.",
            "Use four or five unrelated words, and not your name, your agency or the name of this service.",
            "password",
        )


def _without(words: list[str], password: str) -> str:
    """What is left to guess for somebody who knows the words."""
    left = password.lower()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return password if len(left) == len(password.lower()) else left


def _pieces(known: tuple[str, ...]) -> list[str]:
    parts = (part for text in known for part in text.lower().replace("@", " ").replace(".", " ").split())
    return [part for part in parts if len(part) > 2]
