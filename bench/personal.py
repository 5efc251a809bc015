"""The search for clients' personal data, on text that means harm."""

from __future__ import annotations

import time
import timeit

from bench.measure import Goal, measures
from core import ppi

LENGTH = 100_000
HOSTILE = (
    "1",
    "123 45 6789 ",
    "512-60-9981 ",
    "ssn ",
    "ssn-",
    "ssn.jpg ",
    "DOB: ",
    "dob 1/2/1980 and ",
    "client ",
    "client Jane Doe and ",
    "Aa " * 28 + "dob 1/2/1980 ",
    "supercalifragilistic ",
    "Ab ",
    "é漢İ ",
    "@",
    "-",
    "her cell 816-555-0134 ",
)


@measures(
    "personal-data",
    "hiding personal data in the worst of 17 x 100 kB, processor time",
    "ms",
    Goal(100, "test catalogue, 47"),
)
def personal_data() -> float:
    return max(_seconds((piece * (LENGTH // len(piece) + 1))[:LENGTH]) for piece in HOSTILE) * 1000


def _seconds(text: str) -> float:
    return min(timeit.repeat(lambda: ppi.mask(text), number=1, repeat=5, timer=time.process_time))
