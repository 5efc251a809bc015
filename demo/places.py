"""The small world's offices and communities. CoC codes from 900 on are given to nobody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Community:
    code: str
    name: str
    pack: str
    agencies: int
    people: int


@dataclass(frozen=True)
class Office:
    """An HMIS Lead with its communities; `closed` are its own days off, as month and day."""

    name: str
    tz: str
    host: str
    vendor: str
    communities: tuple[Community, ...]
    closed: tuple[tuple[int, int, str], ...]
    agents: int


EASTERN, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"

OFFICES = (
    Office(
        "Redwood Reach HMIS Office", PACIFIC, "redwoodreach.example", "Cedarline Systems",
        (Community("CA-900", "Redwood Reach Continuum", "sonoma", 10, 92),),
        ((3, 31, "Office closed"), (12, 24, "Office closed")), 3,
    ),
    Office(
        "Two Rivers HMIS Office", CENTRAL, "tworivers.example", "Bluestem Software",
        (
            Community("MO-900", "Two Rivers Balance of State", "missouri-bos", 12, 111),
            Community("MO-901", "Prairie Bend Continuum", "missouri", 8, 73),
        ),
        ((12, 24, "Office closed"), (12, 31, "Office closed")), 4,
    ),
    Office(
        "Maple Ridge HMIS Office", EASTERN, "mapleridge.example", "Cedarline Systems",
        (Community("VT-900", "Maple Ridge Continuum", "vermont", 10, 90),),
        ((8, 16, "Office closed"), (12, 24, "Office closed")), 3,
    ),
)  # fmt: skip
