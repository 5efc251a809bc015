from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest

from core.markdown import TAGS, to_html, to_plain


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    reader.feed(html)
    return found


def test_what_people_write():
    html = to_html(
        "# Saved\n\nPress **Save**, then:\n\n1. wait\n2. [look](/tickets)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    assert "<h2>Saved</h2>" in html
    assert "<strong>Save</strong>" in html
    assert '<a href="/tickets"' in html
    assert "<td>2</td>" in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "![x](https://elsewhere.test/pixel.png)",
        '[x](/a "onmouseover=alert(1)")',
        "<https://a.test/?<script>>",
        "```<svg onload=alert(1)>\nx\n```",
    ],
)
def test_nothing_that_could_run_or_fetch(hostile: str):
    """Read as a browser would: what is left are elements and attributes that only show."""
    for tag, attributes in elements(to_html(hostile)):
        assert tag in TAGS
        assert set(attributes) <= {"href", "title", "rel", "start"}
        assert attributes.get("href", "/").startswith(("/", "https:"))


def test_no_level_of_heading_is_left_out():
    html = to_html("### a\n\n# b\n\n### c\n\n###### d\n\n## e\n\n# f")
    levels = [tag for tag, _ in elements(html)]
    assert levels == ["h2", "h2", "h3", "h4", "h3", "h2"]
    assert elements(to_html("\n\n".join("#" * n + " x" for n in range(1, 7))))[-1][0] == "h6"


def test_links_in_mails_are_whole():
    html = to_html("[here](/kb/1) and [there](https://a.test/) and [elsewhere](//b.test/)", base="https://desk.test/")
    assert 'href="https://desk.test/kb/1"' in html
    assert 'href="https://a.test/"' in html
    assert "desk.test//b.test" not in html


def test_the_words_alone():
    assert to_plain("Client **Jane** _Doe_") == "Client Jane Doe"
    assert to_plain("a < b & c") == "a < b & c"


@pytest.mark.parametrize("text", [">" * 20_000, "[" * 20_000, "*a" * 20_000, "|a" * 10_000 + "\n" + "|-" * 10_000])
def test_hostile_text_is_read_in_time(text: str):
    begun = time.monotonic()
    to_html(text)
    assert time.monotonic() - begun < 5
