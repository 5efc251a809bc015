"""A page as a tagged PDF (PDF/UA), for screen readers and archives. Nothing is fetched: a page brings its pictures."""

from __future__ import annotations

import logging

from core.errors import Unavailable

log = logging.getLogger(__name__)
WHY = "This machine lacks the pango libraries, so no PDF can be made here."
INSTEAD = "Print the page from the browser; whoever runs the service can install them."


def pdf_of(html: str) -> bytes:
    """The page as PDF/UA-1. Raises Unavailable where the libraries for it are not installed."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        log.warning("no PDF: %s", error)
        raise Unavailable(WHY, INSTEAD) from error
    closed = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    made = HTML(string=html, url_fetcher=closed).write_pdf(pdf_variant="pdf/ua-1")
    return bytes(made)
