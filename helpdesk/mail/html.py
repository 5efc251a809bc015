"""HTML from a mail: made harmless, or turned into plain text. Pure."""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

import nh3

LONGEST = 1_000_000
MOST_TAGS = 10_000
TAG = re.compile(r"<[^<>]{0,2000}>?")
TAGS = {
    *(
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
    ),
    *(
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
    ),
    *("td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
DROPPED_WHOLE = {
    "script",
    "style",
    "title",
    "template",
    "noscript",
    "iframe",
    "object",
    "svg",
    "math",
    "textarea",
    "select",
}
SCHEMES = {"http", "https", "mailto", "tel"}

PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "ul", "ol", "dl", "blockquote", "hr"}
LINES = PARAGRAPHS | {"div", "tr", "li", "dt", "dd", "caption", "br"}
CELLS = {"td", "th"}
DEEPEST_QUOTE = 20


def sanitise(html: str) -> str:
    """What may be put into a page: words, lists, tables and plain links; no picture is fetched from anywhere."""
    return nh3.clean(
        _bounded(html[:LONGEST]),
        tags=TAGS,
        clean_content_tags=DROPPED_WHOLE,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _bounded(html: str) -> str:
    """Reading takes the square of how deep tags are nested; what has more of them than any letter is only its words."""
    if html.count("<") <= MOST_TAGS:
        return html
    return f"<pre>{escape(unescape(TAG.sub(' ', html)))}</pre>"


def to_text(html: str) -> str:
    """The words as plain text, quoted blocks marked with ">" so that they are told apart like any other."""
    writer = _Writer()
    writer.feed(sanitise(html))  # sanitised first: it is then small and well-formed, whatever came
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._pre = 0
        self._href = ""
        self._link: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)
        if tag == "blockquote":
            self._depth += 1
        elif tag == "pre":
            self._pre += 1
        elif tag == "li":
            self._line.append("- ")
        elif tag == "a":
            self._href, self._link = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        if tag in CELLS:
            self._line.append(" ")
        if tag == "blockquote":
            self._end_quote()
        if tag != "br":
            self._break(tag)
        if tag == "pre":
            self._pre = max(0, self._pre - 1)

    def handle_data(self, data: str) -> None:
        if self._pre:
            first, *rest = data.split("\n")
            self._line.append(first)
            for line in rest:
                self._end_line()
                self._line.append(line)
        else:
            self._line.append(re.sub(r"[ \t\r\n\f]+", " ", data))
        if self._href:
            self._link.append(data)

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _break(self, tag: str) -> None:
        if tag in LINES and (self._line or tag == "br"):
            self._end_line()
        if tag in PARAGRAPHS and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix().rstrip())

    def _end_link(self) -> None:
        """A link says where it goes when its words do not."""
        words = "".join(self._link).strip()
        bare = self._href.removeprefix("mailto:").removeprefix("tel:").rstrip("/")
        if self._href and words and bare not in words and self._href not in words:
            self._line.append(f" <{self._href}>")
        self._href = ""

    def _end_quote(self) -> None:
        if self._line:
            self._end_line()
        self._depth = max(0, self._depth - 1)

    def _prefix(self) -> str:
        return "> " * min(self._depth, DEEPEST_QUOTE)

    def _end_line(self) -> None:
        words = "".join(self._line)
        words = words.rstrip() if self._pre else " ".join(words.split(" ")).strip()
        self._lines.append((self._prefix() + words).rstrip())
        self._line = []
