"""What the macros print, where the words matter; tests/browser looks at them."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.ui.gallery import NOTICE, ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "email" not in path.parts]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def render(app: Flask, call: str, **values: object) -> str:
    with app.test_request_context("/today"):
        return app.jinja_env.from_string('{% import "ui.html" as ui %}' + call).render(**values)


def test_the_explanation_says_when_why_and_where_it_is_written(gallery: Flask) -> None:
    said = words(render(gallery, "{{ ui.why(notice, tz='America/Chicago') }}", notice=NOTICE))
    assert said == (
        "Due Wed, Nov 25, 2026, end of day (CST) 5 days left why? "
        "Left Fri Nov 20, 4:30 PM. Notice is due within 3 business days. Mon 23 (1), Tue 24 (2), Wed 25 (3). "
        "Missouri HMIS Policies , “Revoking End User Access” MO-LI-4 pack missouri 2026-10-01"
    )


@pytest.mark.parametrize(
    ("state", "start"),
    [
        ("met", "Met; was due"),
        ("missed", "Missed; was due"),
        ("paused", "Paused; would be due"),
        ("cancelled", "No longer needed; was due"),
    ],
)
def test_an_explanation_that_is_over_no_longer_counts_down(gallery: Flask, state: str, start: str) -> None:
    said = words(render(gallery, "{{ ui.why(notice, state=state) }}", notice=NOTICE, state=state))
    assert said.startswith(f"{start} Wed, Nov 25, 2026, end of day (CST) why?")


def test_a_sanction_is_explained_by_its_own_sentence(gallery: Flask) -> None:
    said = words(render(gallery, "{% call ui.why(notice) %}Suspended for 30 days.{% endcall %}", notice=NOTICE))
    assert said.startswith("Suspended for 30 days. why?")


@pytest.mark.parametrize(
    ("outcome", "word"), [("met", "Met"), ("missing", "Missing"), ("waiting", "Waiting"), ("not-needed", "Not needed")]
)
def test_a_gate_says_its_outcome_in_a_word(gallery: Flask, outcome: str, word: str) -> None:
    said = words(render(gallery, "{{ ui.gate('Course passed', o, sentence='Oct 2.', who='A trainer.') }}", o=outcome))
    assert said.startswith(f"{word} Course passed Oct 2.")
    assert said.endswith("A trainer.") == (outcome in ("missing", "waiting"))


def test_what_comes_from_people_is_escaped(gallery: Flask) -> None:
    evil = "<script>alert(1)</script>"
    calls = """
        {{ ui.page_header(e, e, e) }} {{ ui.breadcrumbs([(e, e)], e) }}
        {{ ui.alert("info", e) }} {{ ui.empty_state(e, e) }}
        {{ ui.th(e, e, href="/x") }} {{ ui.td(e, e) }} {{ ui.table(e, [(e, e), e], []) }} {{ ui.facts([(e, e)]) }}
        {{ ui.work_item(e, "/x", who=e, reason=e) }} {{ ui.event(now, e, e) }} {{ ui.count(2, e) }}
        {{ ui.tag(e) }} {{ ui.status(e, "ok") }}
        {{ ui.quoted(e) }} {{ ui.masked(e, shown=e) }} {{ ui.masked(e, reveal=e) }}
        {{ ui.post_button(e, e, about=e, fields={e: e}) }} {{ ui.link_button(e, e) }} {{ ui.filter_text("q", e, e) }}
        {{ ui.gate(e, "met", sentence=e) }} {{ ui.why(dict(notice, because=[e], section=e, title=e, rule=e, pack=e)) }}
    """
    assert "<script" not in render(gallery, calls, e=evil, notice=NOTICE, now=NOTICE["due"])


def test_every_post_form_carries_its_token(look: FlaskClient) -> None:
    for page in ("/today", "/lists", "/words", "/forms"):
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", look.get(page).text, re.DOTALL):
            assert 'name="csrf_token"' in form, form[:200]


def test_a_post_without_its_token_is_refused_kindly(look: FlaskClient) -> None:
    answer = look.post("/act")
    assert answer.status_code == 400
    assert "That could not be saved" in answer.text


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_page_has_inline_code(path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=[\"']|javascript:|<style|hx-on|hx-vals=[\"']js:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("status", [403, 404, 405, 413, 422, 429, 500, 503])
def test_every_error_says_what_to_do(look: FlaskClient, status: int) -> None:
    answer = look.get(f"/fail/{status}")
    assert answer.status_code == status
    assert "What to do:" in answer.text
    assert 'href="/"' in answer.text


def test_a_refusal_names_its_rule(look: FlaskClient) -> None:
    assert '<span class="hd-rule">MO-LI-4</span>' in look.get("/fail/422").text


def test_the_page_for_what_broke_needs_nothing_else(look: FlaskClient) -> None:
    text = look.get("/fail/500").text
    assert re.search(r"Reference: <code>[0-9a-f]{8}</code>", text)
    assert "csrf" not in text
    assert re.findall(r'(?:href|src)="([^"]+)"', text) == ["/static/plain.css", "/"]


def test_sorting_turns_round_and_forgets_the_page(look: FlaskClient) -> None:
    assert 'href="/lists?sort=-due&amp;tier=2"' in look.get("/lists?sort=due&tier=2&after=abc").text
