from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.ui import filters, viewer_zone
from tests.ui.gallery import NOW, lena

END = "2026-11-25T23:59:59-06:00"


def render(app: Flask, template: str, address: str = "/today", **values: object) -> str:
    with app.test_request_context(address):
        return app.jinja_env.from_string(template).render(**values)


def test_times_are_in_the_viewers_zone_and_name_it(gallery: Flask) -> None:
    assert render(gallery, "{{ now|when }}", now=NOW) == (
        '<time datetime="2026-11-20T16:30:00-06:00">Fri, Nov 20, 2026, 4:30 PM (CST)</time>'
    )
    assert "5:30 PM (EST)" in render(gallery, "{{ now|when('America/New_York') }}", now=NOW)
    assert "4:30 PM (CST)" in render(gallery, "{{ now|clock_time }}", now=NOW)


@pytest.mark.parametrize(("zone", "used"), [("America/Los_Angeles", "America/Los_Angeles"), ("", "America/New_York")])
def test_the_viewers_zone(gallery: Flask, zone: str, used: str) -> None:
    gallery.config["PRINCIPAL"] = replace(lena(), tz=zone)
    with gallery.test_request_context("/"):
        assert viewer_zone().key == used


def test_without_a_viewer_it_is_new_york(gallery: Flask) -> None:
    gallery.config["PRINCIPAL"] = None
    with gallery.test_request_context("/"):
        assert viewer_zone().key == "America/New_York"
    with gallery.app_context():
        assert viewer_zone().key == "America/New_York"


def test_due_says_the_year_only_when_it_helps(gallery: Flask) -> None:
    assert "<strong>Wed, Nov 25, end of day</strong> (CST)" in render(gallery, "{{ at|due }}", at=END)
    assert "Nov 25, 2026, end of day" in render(gallery, "{{ at|due(year=true) }}", at=END)
    assert "Jan 4, 2027, end of day" in render(gallery, "{{ at|due }}", at="2027-01-04T23:59:59-06:00")


def test_the_end_of_a_day_is_where_the_agency_is(gallery: Flask) -> None:
    gallery.config["PRINCIPAL"] = replace(lena(), tz="America/New_York")
    assert "Thu, Nov 26, 12:59 AM</strong> (EST)" in render(gallery, "{{ at|due }}", at=END)
    assert "Wed, Nov 25, end of day</strong> (CST)" in render(gallery, "{{ at|due('America/Chicago') }}", at=END)


def test_words_without_html_for_mails(gallery: Flask) -> None:
    text = render(
        gallery,
        "{{ at|due_text('America/Chicago') }} / {{ at|when_text('America/Chicago') }} / {{ at|day_text }}",
        at=END,
    )
    assert text == "Wed, Nov 25, 2026, end of day (CST) / Wed, Nov 25, 2026, 11:59 PM (CST) / Wed, Nov 25, 2026"


def test_a_date_stays_the_day_it_is(gallery: Flask) -> None:
    assert (
        render(gallery, "{{ day|day }}", day=date(2026, 11, 20))
        == '<time datetime="2026-11-20">Fri, Nov 20, 2026</time>'
    )
    assert "Fri, Nov 20" in render(gallery, "{{ at|day }}", at=datetime(2026, 11, 21, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "letters"), [("Lena Chen", "LC"), ("Rosa Maria de la Vega", "RV"), ("Hearthdesk", "H"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert filters.initials(name) == letters


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (25_400, "25 kB"),
        (2_400_000, "2.4 MB"),
        (3 * 10**12, "3000 GB"),
    ],
)
def test_file_sizes(octets: int, words: str) -> None:
    assert filters.filesize(octets) == words


@pytest.mark.parametrize(
    ("address", "call", "result"),
    [
        ("/lists?q=a&tier=2&after=x", "url_with(sort='due', after=none)", "/lists?q=a&amp;tier=2&amp;sort=due"),
        ("/lists?tag=a&tag=b", "url_with(after='x y')", "/lists?tag=a&amp;tag=b&amp;after=x+y"),
        ("/lists?after=x", "url_with(after=none)", "/lists"),
        ("/lists?_external=1&_scheme=ftp", "url_with()", "/lists?_external=1&amp;_scheme=ftp"),
        ("/lists?q=%22%3E%3Cscript%3E", "url_with()", "/lists?q=%22%3E%3Cscript%3E"),
    ],
)
def test_the_address_with_changes(gallery: Flask, address: str, call: str, result: str) -> None:
    assert render(gallery, "{{ " + call + "|e }}", address) == result


def test_the_footer_names_the_zone(look: FlaskClient) -> None:
    assert "<strong>America/Chicago</strong> (CST)" in look.get("/today").text
