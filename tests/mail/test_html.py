"""HTML in mails: harmless on the page, words without it, and never slow."""

from __future__ import annotations

import time

import pytest

from helpdesk.mail.html import MOST_TAGS, sanitise, to_text
from helpdesk.mail.parse import parse

SECONDS = 5.0
HEAD = b"From: erin@agency.test\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two <b>three</b></p>", "One\n\nTwo three"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("New<blockquote>old<br>older</blockquote>", "New\n\n> old\n> older"),
        ('See <a href="https://x.test/a">here</a>', "See here <https://x.test/a>"),
        ('Write to <a href="mailto:a@b.test">a@b.test</a>', "Write to a@b.test"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
        ("<style>p{}</style><script>x</script>Words", "Words"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
    ],
)
def test_words(html, text):
    assert to_text(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<p onclick="alert(1)" style="position:fixed">x</p>',
        '<form action="https://x.test"><input name=a></form>',
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<base href=//x.test>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(html):
    safe = sanitise(html)
    for word in ("script", "onerror", "onload", "onclick", "style", "data:", "<img", "<form", "<base", "<svg"):
        assert word not in safe


@pytest.mark.parametrize("tag", ["<div>", "<blockquote>", "<ul><li>", "<b><p>", "<section>", "<!--", "<a href=x>", "<"])
@pytest.mark.parametrize("size", [MOST_TAGS * 5, 1_000_000])
def test_a_nest_of_tags_is_read_in_no_time(tag, size):
    began = time.process_time()
    to_text((tag * size)[:size])
    assert time.process_time() - began < SECONDS


def test_more_tags_than_any_letter_has_leave_the_words():
    html = "<script>alert(1)</script>" + "<b>word</b> &lt;img src=x onerror=alert(1)&gt; " * MOST_TAGS
    assert to_text(html).split()[:4] == ["alert(1)", "word", "<img", "src=x"]
    assert "<img" not in sanitise(html)
    assert "<script" not in sanitise(html)


def test_formatting_is_kept_where_nothing_has_to_be_folded_or_masked():
    assert parse(HEAD + b"<p>It is <b>broken</b>.</p>").html == "<p>It is <b>broken</b>.</p>"


def test_a_quoted_part_is_folded_in_html_too():
    read = parse(
        HEAD + b"<p>Thanks.</p><div>On Fri, Nov 20, 2026 at 9:42 AM Ana wrote:<blockquote>Old</blockquote></div>"
    )
    assert (read.text, read.html) == ("Thanks.", "")
    assert "Old" in read.quoted


@pytest.mark.rule("MO-HD-5")
def test_a_clients_data_that_tags_cut_in_two_is_not_shown_as_html():
    page = "<table><tr><td>DOB</td><td>01/02/1980</td></tr></table>"
    both = (
        "From: erin@agency.test\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n"
        f"--b\r\nContent-Type: text/html\r\n\r\n{page}\r\n--b--\r\n"
    )
    assert parse(both.encode()).html == ""
    assert parse(HEAD + page.encode()).html == ""
