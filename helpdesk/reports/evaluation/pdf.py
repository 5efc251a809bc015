"""An issued evaluation as a PDF."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.pdf import GAP, blank, paragraph, table
from core.ui.times import say_day


def render(document: dict[str, Any], issued_at: datetime) -> bytes:
    """All of it; equal documents are equal bytes. The time is in the Lead's zone, whole seconds."""
    page = blank(f"Help desk evaluation, {document['span']}", document["lead"], issued_at)
    paragraph(page, document["lead"], style="B", size=14)
    paragraph(page, "Yearly evaluation of the help desk", style="B", size=13)
    paragraph(page, document["span"])
    paragraph(page, f"Issued {say_day(issued_at.date())} by {document['issued_by']}")
    for section in document["sections"]:
        page.ln(GAP)
        paragraph(page, section["title"], style="B", size=12)
        paragraph(page, section["says"])
        if section["rows"]:
            page.ln(2)
            table(page, section["header"], section["rows"])
    for title, words in (("What we found", document["findings"]), ("What we will do", document["plans"])):
        if words:
            page.ln(GAP)
            paragraph(page, title, style="B", size=12)
            paragraph(page, words)
    page.ln(GAP)
    why = document["explanation"]
    paragraph(page, f"{why['title']}, “{why['section']}” ({why['rule']}, pack {why['pack']} {why['version']})", size=9)
    return bytes(page.output())
