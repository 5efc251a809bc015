"""Plain plots as shapes: bars and lines with their scale, worked out here and drawn by `ui.plot` as SVG.

They need no script, print in black, follow dark mode, and stand beside the table that says the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDE, HIGH = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 34
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Tick:
    y: float
    label: str


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    series: int
    words: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Plot:
    """What `ui.plot` draws. `title` says what it says, `words` all of its values for who cannot see it."""

    title: str
    names: tuple[str, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[Dot, ...], ...] = ()
    words: str = ""
    width: int = WIDE
    height: int = HIGH
    base: float = HIGH - BOTTOM


Series = tuple[str, Sequence[float | None]]


def bars(title: str, labels: Sequence[str], series: Sequence[Series], say: Callable[[float], str] = str) -> Plot:
    """Groups of upright bars, one group for each label."""
    scale, ticks = _scale(series, say)
    slot = (WIDE - LEFT - RIGHT) / max(len(labels), 1)
    width = slot * 0.7 / len(series)
    made = [
        Bar(
            x=round(LEFT + slot * (place + 0.15) + width * number, 1),
            y=round(scale(value), 1),
            width=round(width * 0.92, 1),
            height=round(HIGH - BOTTOM - scale(value), 1),
            series=number,
            words=f"{labels[place]}, {name}: {say(value)}",
        )
        for number, (name, values) in enumerate(series)
        for place, value in enumerate(values)
        if value is not None
    ]
    return Plot(title, _names(series), ticks, _labels(labels, slot), bars=tuple(made), words=_words(made))


def lines(title: str, labels: Sequence[str], series: Sequence[Series], say: Callable[[float], str] = str) -> Plot:
    """One line for each series; where a value is missing the line goes on to the next there is."""
    scale, ticks = _scale(series, say)
    slot = (WIDE - LEFT - RIGHT) / max(len(labels), 1)
    made = tuple(
        tuple(
            Dot(round(LEFT + slot * (place + 0.5), 1), round(scale(value), 1), f"{labels[place]}, {name}: {say(value)}")
            for place, value in enumerate(values)
            if value is not None
        )
        for name, values in series
    )
    told = _words([dot for line in made for dot in line])
    return Plot(title, _names(series), ticks, _labels(labels, slot), lines=made, words=told)


def _names(series: Sequence[Series]) -> tuple[str, ...]:
    return tuple(name for name, _ in series)


def _words(marks: Sequence[Bar | Dot]) -> str:
    return "; ".join(mark.words for mark in marks)


def _labels(labels: Sequence[str], slot: float) -> tuple[tuple[float, str], ...]:
    """As many as fit beside one another."""
    every = max(1, math.ceil(64 / slot)) if labels else 1
    shown = range(len(labels) - 1, -1, -every)
    return tuple((round(LEFT + slot * (place + 0.5), 1), labels[place]) for place in sorted(shown))


def _scale(series: Sequence[Series], say: Callable[[float], str]) -> tuple[Callable[[float], float], tuple[Tick, ...]]:
    """From nothing to a round number above the greatest."""
    most = max((value for _, values in series for value in values if value is not None), default=0) or 1
    step = _step(most / 4)
    top = math.ceil(most / step) * step

    def scale(value: float) -> float:
        return HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * value / top

    count = round(top / step)
    return scale, tuple(Tick(round(scale(n * step), 1), say(n * step)) for n in range(count + 1))


def _step(least: float) -> float:
    power = float(10 ** math.floor(math.log10(least)))
    step = next(power * size for size in STEPS if power * size >= least)
    return max(step, 1.0)
