"""Pages as PDF: plain text in a font that every reader has, nothing fetched, the same bytes each time."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

ENCODING = "cp1252"
FONT = "helvetica"
MARGIN, LINE, GAP = 25, 6, 8  # millimetres


def blank(title: str, author: str, at: datetime) -> FPDF:
    """The first page of US Letter paper; `at` is the day in its properties."""
    page = FPDF(format="letter")
    page.core_fonts_encoding = ENCODING
    page.set_creation_date(at)
    page.set_lang("en-US")
    page.set_title(plain(title))
    page.set_author(plain(author))
    page.set_margin(MARGIN)
    page.add_page()
    return page


def paragraph(page: FPDF, words: str, *, style: str = "", size: int = 11) -> None:
    """Words as they are: none of them is markup."""
    page.set_font(FONT, style=style, size=size)
    page.multi_cell(0, LINE, plain(words), markdown=False, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def table(page: FPDF, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column is words, the others are numbers; the head is repeated on each page."""
    page.set_font(FONT, size=9)
    widths = (2, *([1] * (len(header) - 1)))
    align = ("LEFT", *(["RIGHT"] * (len(header) - 1)))
    head = FontFace(emphasis="BOLD")
    with page.table(
        col_widths=widths,
        text_align=align,
        headings_style=head,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=5,
    ) as made:
        for cells in (header, *rows):
            line = made.row()
            for cell in cells:
                line.cell(plain(cell))


def plain(words: str) -> str:
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
