"""Markdown, as people write it in articles and notices, made into HTML that can do no harm.

What is typed can hold no HTML of its own, and no pictures: the content security policy lets none in from
elsewhere. The page has the only `<h1>`, so that a text's headings begin at `<h2>`.
"""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def to_html(text: str, base: str = "") -> Markup:
    """The text as HTML. `base` is put before links that begin with a slash, for mails."""
    tokens = _reader.parse(text)
    above: list[int] = []
    for token in tokens:
        _nest_heading(token, above)
        for inline in token.children or []:
            _complete_link(inline, base)
    html = _reader.renderer.render(tokens, _reader.options, {})
    safe = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    return Markup(safe)  # noqa: S704 - this is where it was made safe


def to_plain(text: str) -> str:
    """The words alone, without what marks them: for searching, and for finding what may not be in them."""
    return to_html(text).striptags()


def _nest_heading(token: Token, above: list[int]) -> None:
    """Each heading one level below the one that it stands under, whatever levels were typed: none is left out."""
    if token.type not in ("heading_open", "heading_close"):
        return
    if token.type == "heading_open":
        level = int(token.tag[1])
        while above and above[-1] >= level:
            above.pop()
        above.append(level)
    token.tag = f"h{min(len(above) + 1, 6)}"


def _complete_link(token: Token, base: str) -> None:
    href = token.attrGet("href")
    if base and isinstance(href, str) and href.startswith("/") and not href.startswith("//"):
        token.attrSet("href", base.rstrip("/") + href)
