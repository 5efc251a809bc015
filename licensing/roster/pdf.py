"""The roster on paper, for the committee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from core.pdf import GAP, blank, paragraph, table
from core.ui.times import say_day
from licensing.roster.queries import Line
from licensing.roster.rules import LABELS


def render(lines: Sequence[Line], owner: str, day: date, at: datetime) -> bytes:
    """A table of all, then who is out with the reasons and their rules."""
    page = blank(f"Roster of agencies, {day.isoformat()}", owner, at)
    paragraph(page, owner, style="B", size=14)
    paragraph(page, f"Roster of participating agencies as of {say_day(day)}")
    out = [line for line in lines if line.is_out]
    paragraph(page, f"{len(lines)} agencies, {len(out)} of them out of compliance.")
    page.ln(GAP)
    table(
        page, ["Agency", *LABELS.values()], [[one.agency.name, *(c.words for c in one.cells.values())] for one in lines]
    )
    if out:
        page.ln(GAP)
        paragraph(page, "Out of compliance, and why", style="B", size=12)
        for one in out:
            paragraph(page, f"{one.agency.name}: {one.why}", size=9)
    return bytes(page.output())
