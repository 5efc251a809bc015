"""A letter as a PDF: plain text in a font that every reader has, nothing fetched, the same bytes each time."""

from __future__ import annotations

import unicodedata

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from core.ui.times import say_day
from helpdesk.matters.letters.rules import Letter

ENCODING = "cp1252"
FONT = "helvetica"
MARGIN, LINE, GAP = 25, 6, 8  # millimetres


def render(letter: Letter) -> bytes:
    """The letter on one or more pages of US Letter paper."""
    page = FPDF(format="letter")
    page.core_fonts_encoding = ENCODING
    page.set_creation_date(letter.issued_at)
    page.set_lang("en-US")
    page.set_title(_plain(f"HMIS participation letter {letter.number}"))
    page.set_author(_plain(letter.lead))
    page.set_margin(MARGIN)
    page.add_page()
    _paragraph(page, letter.lead, style="B", size=14)
    if letter.lead_address:
        _paragraph(page, letter.lead_address)
    page.ln(GAP)
    _paragraph(page, say_day(letter.issued_at.date()))
    _paragraph(page, f"Letter {letter.number}")
    page.ln(GAP)
    _paragraph(page, letter.opening)
    for words in letter.body:
        page.ln(LINE / 2)
        _paragraph(page, words)
    page.ln(GAP)
    _paragraph(page, f"For {letter.lead}")
    page.ln(GAP)
    _paragraph(page, letter.citation, size=9)
    return bytes(page.output())


def _paragraph(page: FPDF, words: str, *, style: str = "", size: int = 11) -> None:
    """Words as they are: none of them is markup."""
    page.set_font(FONT, style=style, size=size)
    page.multi_cell(0, LINE, _plain(words), markdown=False, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _plain(words: str) -> str:
    """Letters that the font lacks are written without their accents, and what is left over as a question mark."""
    return "".join(char if _is_known(char) else _simplified(char) for char in words)


def _is_known(char: str) -> bool:
    try:
        return bool(char.encode(ENCODING))
    except UnicodeEncodeError:
        return False


def _simplified(char: str) -> str:
    parts = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return parts if parts and all(_is_known(part) for part in parts) else "?"
