"""What can be wrong with a pack, and with a question put to one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file: where, what stands there, and what should."""

    file: str
    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: found {self.found}, expected {self.expected}"


class PolicyError(Exception):
    """Packs that cannot be used. `problems` holds every mistake found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UnknownName(LookupError):
    """A pack, version, clock or rule that does not exist; says which do."""

    def __init__(self, what: str, name: str, accepted: Iterable[str]) -> None:
        self.what, self.name, self.accepted = what, name, tuple(accepted)
        super().__init__(f'There is no {what} "{name}". Accepted: {", ".join(self.accepted) or "none"}.')


class NotInForce(LookupError):
    """A pack asked about a day before its first version."""


class NotInPack(LookupError):
    """A name of the vocabulary that this pack's manual says nothing about."""

    def __init__(self, pack: str, kind: str, name: str) -> None:
        self.pack, self.kind, self.name = pack, kind, name
        super().__init__(f'The {pack} pack has no {kind} "{name}": its manual gives none.')
