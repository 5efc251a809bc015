"""What to teach better, and how long people wait for a review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template

from core import clock
from core.authz import current_principal, requires
from core.ui import plots
from core.ui.nav import Area, NavItem, register
from training.practice import figures
from training.practice.figures import Share, Wait
from training.practice.permissions import Permission
from training.practice.views import bp, typed

register(NavItem(Area.TRAINING, "Practice figures", "practice_cases.figures", Permission.QUEUE, order=48))

FEW, WIDEST = 5, 90
"""Up to so many bars have names below them; so many letters have room in all."""


@bp.get("/figures", endpoint="figures")
@requires(Permission.QUEUE)
def show_figures() -> Any:
    principal, days = current_principal(), typed("days")
    since = figures.since_of(days, clock.now())
    elements, cases = figures.by_element(principal, since), figures.by_case(principal, since)
    waits = figures.waits(principal, since)
    return render_template(
        "training/practice/figures.html",
        days=days if days in figures.PERIODS else "90",
        elements=elements,
        cases=cases,
        waits=waits,
        element_plot=_wrong(elements, "is wrong most often"),
        case_plot=_wrong(cases, "has the most wrong answers"),
        wait_plot=_waiting(waits),
    )


def _wrong(shares: Sequence[Share], says: str) -> plots.Plot | None:
    if not shares:
        return None
    first = shares[0]
    title = f"{first.label} {says}: {first.wrong:,} of {first.marked:,} marks"
    labels = [_short(share.label, len(shares)) for share in shares]
    return plots.bars(title, labels, [("Wrong", [share.wrong for share in shares])], lambda n: f"{n:,.0f}")


def _short(label: str, bars: int) -> str:
    """What fits below a bar; the table beside it has the whole."""
    number, _, name = label.partition(" ")
    if number[:1].isdigit():
        label = number if bars > FEW else name
    most = WIDEST // bars
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def _waiting(waits: Sequence[Wait]) -> plots.Plot | None:
    if not waits:
        return None
    last = waits[-1]
    title = (
        f"In {last.month} half of the reviews came within {last.half:,.1f} hours, nine of ten within {last.most:,.1f}"
    )
    series = [("Half within", [wait.half for wait in waits]), ("Nine of ten within", [wait.most for wait in waits])]
    return plots.lines(title, [wait.month for wait in waits], series, lambda n: f"{n:,.1f} h")
