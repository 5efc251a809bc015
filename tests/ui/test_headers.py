from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.ui import assets, headers


@pytest.mark.parametrize("path", ["/today", "/fail/404", "/nowhere", "/fail/500", "/static/hearthdesk.css", "/search"])
def test_every_response_is_protected(look: FlaskClient, path: str) -> None:
    with look.get(path) as answer:
        sent = answer.headers
    policy = dict(part.split(" ", 1) for part in sent["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in sent["Content-Security-Policy"]
    for name in headers.ALWAYS:
        assert sent.get(name), name
    assert "Strict-Transport-Security" not in sent


def test_over_https_the_browser_stays_there(gallery: Flask, look: FlaskClient) -> None:
    gallery.config["HEARTHDESK"] = replace(gallery.config["HEARTHDESK"], base_url="https://desk.example.org")
    assert look.get("/today").headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_view_may_be_stricter(gallery: Flask) -> None:
    gallery.add_url_rule(
        "/download", "download", lambda: ("x", {"Content-Security-Policy": "sandbox", "Cache-Control": "private"})
    )
    answer = gallery.test_client().get("/download")
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["Cache-Control"] == "private"


@pytest.mark.parametrize("path", ["/today", "/plain", "/fail/404"])
def test_pages_are_not_stored(look: FlaskClient, path: str) -> None:
    assert look.get(path).headers["Cache-Control"] == "no-store"


def caching(look: FlaskClient, path: str) -> str:
    with look.get(path) as answer:
        return answer.headers["Cache-Control"]


def test_static_files_are_kept_only_under_an_address_that_pins_them(gallery: Flask, look: FlaskClient) -> None:
    with gallery.test_request_context("/"):
        pinned = assets.static_url("hearthdesk.css")
    year = "public, max-age=31536000, immutable"
    assert caching(look, pinned) == year
    assert caching(look, "/static/vendor/htmx-2.0.11/htmx.min.js") == year
    assert caching(look, "/static/hearthdesk.css") == "no-cache"
    assert caching(look, "/static/hearthdesk.css?v=000000000000") == "no-cache"
    assert caching(look, "/static/vendor/none.js") == "no-cache"


def test_a_page_that_names_a_missing_file_says_which(gallery: Flask) -> None:
    with gallery.test_request_context("/"), pytest.raises(FileNotFoundError, match=r"gone\.css"):
        assets.static_url("gone.css")


def test_the_address_follows_the_content(gallery: Flask, tmp_path) -> None:
    gallery.static_folder = str(tmp_path)
    (tmp_path / "a.css").write_text("a {}")
    with gallery.test_request_context("/"):
        first = assets.static_url("a.css")
        (tmp_path / "a.css").write_text("b { }")
        assert assets.static_url("a.css") != first
