"""A page as a tagged PDF (PDF/UA), for screen readers and archives. Nothing is fetched: a page brings its pictures."""

from __future__ import annotations

import logging
from pathlib import Path

from core.errors import Unavailable

log = logging.getLogger(__name__)
WHY = "This machine lacks the pango libraries, so no PDF can be made here."
INSTEAD = "Print the page from the browser; whoever runs the service can install them."


def pdf_of(html: str, sheet: Path) -> bytes:
    """The page as PDF/UA-1, in the style of that sheet. Raises Unavailable where the libraries are not installed."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        log.warning("no PDF: %s", error)
        raise Unavailable(WHY, INSTEAD) from error
    closed = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    styles = [CSS(string=sheet.read_text(encoding="utf-8"), url_fetcher=closed)]
    made = HTML(string=html, url_fetcher=closed).write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1")
    return bytes(made)
