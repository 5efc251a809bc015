"""Who somebody in a report is: confirmed earlier, by e-mail, or by exactly that name; never by a likeness. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.sessions.importing.states import Found

IN_BRACKETS = re.compile(r"^(?P<shown>.+?)\s*\((?P<original>[^()]+)\)$")


@dataclass(frozen=True)
class Known:
    """What is known here, small letters throughout: identities confirmed by key, people by address and by name."""

    identities: Mapping[str, int]
    by_email: Mapping[str, int]
    by_name: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Match:
    found: Found
    person_id: int | None = None
    candidates: tuple[int, ...] = ()


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def key_of(name: str, email: str) -> str:
    """One identity: the name and the address as the report has them."""
    return f"{plain(name)}|{plain(email)}"


def names_of(name: str) -> list[str]:
    """The name, and where it is “Lena C (Lena Chen)” each of the two; “Chen, Lena” is Lena Chen too."""
    match = IN_BRACKETS.match(name)
    told = [name, *([match["shown"], match["original"]] if match else [])]
    turned = [f"{first} {last}" for last, comma, first in (one.partition(", ") for one in told) if comma]
    return list(dict.fromkeys(plain(one) for one in [*told, *turned] if one))


def match(name: str, email: str, known: Known) -> Match:
    """A name that several people have is theirs to tell apart by a person, also where one was confirmed earlier."""
    confirmed = known.identities.get(key_of(name, email))
    if email and confirmed is not None:
        return Match(Found.CONFIRMED, confirmed, (confirmed,))
    if email and (found := known.by_email.get(plain(email))) is not None:
        return Match(Found.EMAIL, found, (found,))
    people = tuple(dict.fromkeys(number for one in names_of(name) for number in known.by_name.get(one, ())))
    if len(people) > 1:
        first = (confirmed,) if confirmed in people and confirmed is not None else ()
        return Match(Found.AMBIGUOUS, None, (*first, *(number for number in people if number not in first)))
    if confirmed is not None:
        return Match(Found.CONFIRMED, confirmed, (confirmed,))
    if people:
        return Match(Found.NAME, people[0], people)
    return Match(Found.UNMATCHED)
