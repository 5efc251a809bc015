"""A letter as a PDF: the same bytes each time."""

from __future__ import annotations

from core.pdf import GAP, LINE, blank, paragraph
from core.ui.times import say_day
from helpdesk.matters.letters.rules import Letter


def render(letter: Letter) -> bytes:
    """The letter on one or more pages of US Letter paper."""
    page = blank(f"HMIS participation letter {letter.number}", letter.lead, letter.issued_at)
    paragraph(page, letter.lead, style="B", size=14)
    if letter.lead_address:
        paragraph(page, letter.lead_address)
    page.ln(GAP)
    paragraph(page, say_day(letter.issued_at.date()))
    paragraph(page, f"Letter {letter.number}")
    page.ln(GAP)
    paragraph(page, letter.opening)
    for words in letter.body:
        page.ln(LINE / 2)
        paragraph(page, words)
    page.ln(GAP)
    paragraph(page, f"For {letter.lead}")
    page.ln(GAP)
    paragraph(page, letter.citation, size=9)
    return bytes(page.output())
