"""What a measurement is, and the list of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

TARGETS = "the load model's targets"

Run = Callable[[], float]


@dataclass(frozen=True)
class Goal:
    """At most, or at least, so much; `source` says in words who asks for it."""

    value: float
    source: str
    at_least: bool = False

    def holds(self, figure: float) -> bool:
        return figure >= self.value if self.at_least else figure <= self.value

    def say(self, unit: str) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.value:g} {unit}"


@dataclass(frozen=True)
class Measurement:
    """`run` does the work and returns the figure, in `unit`. A long one runs only when it is named."""

    name: str
    work: str
    unit: str
    run: Run
    goal: Goal | None = None
    long: bool = False

    def judge(self, figure: float) -> str:
        if self.goal is None:
            return "-"
        return "holds" if self.goal.holds(figure) else "misses"


_all: dict[str, Measurement] = {}


def measures(name: str, work: str, unit: str, goal: Goal | None = None, *, long: bool = False) -> Callable[[Run], Run]:
    """Adds the function to the list."""

    def add(run: Run) -> Run:
        _all[name] = Measurement(name, work, unit, run, goal, long)
        return run

    return add


def measurements() -> dict[str, Measurement]:
    """By name, in the order in which they run."""
    from bench import billing, helpdesk, licensing, personal, recertification, service, work  # noqa: F401 - each adds its own  # noqa: F401

    return dict(_all)
