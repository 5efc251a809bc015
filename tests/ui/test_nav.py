from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.ui import nav
from core.ui.nav import Area, NavItem
from tests.ui.gallery import GalleryPermission, lena

LOOK, REFUSED = GalleryPermission.LOOK, GalleryPermission.REFUSED


def test_only_what_exists_and_what_one_may_open() -> None:
    items = [
        NavItem(Area.HELPDESK, "Tickets", "tickets", LOOK, order=2),
        NavItem(Area.HELPDESK, "Queue", "queue", LOOK, order=1),
        NavItem(Area.HELPDESK, "Refused", "refused", REFUSED),
        NavItem(Area.HELPDESK, "Not there", "nowhere", LOOK),
        NavItem(Area.ACCOUNT, "Account", "account"),
    ]
    shown = nav.visible(items, {"tickets", "queue", "refused", "account"}, lambda p: p == LOOK)
    assert [item.label for item in shown] == ["Queue", "Tickets", "Account"]


def test_the_three_areas_are_always_named_and_never_lead_nowhere(gallery: Flask) -> None:
    with gallery.test_request_context("/today"):
        areas = {area.label: area.href for area in nav.menu()}
    assert areas == {"Today": "/today", "Help desk": "/lists", "Training": None, "Licensing": "/forms"}


def test_where_one_is(gallery: Flask) -> None:
    with gallery.test_request_context("/words"):
        current = [
            (area.label, [item.label for item in area.items if item.current]) for area in nav.menu() if area.current
        ]
    assert current == [("Help desk", ["Quarantine"])]


def test_a_page_may_say_where_it_belongs(look: FlaskClient) -> None:
    assert '<a href="/forms" aria-current="true">Licensing</a>' in look.get("/empty").text


def test_nobody_signed_in_sees_no_navigation(gallery: Flask, look: FlaskClient) -> None:
    gallery.config["PRINCIPAL"] = None
    text = look.get("/lists").text
    assert 'aria-label="Main"' not in text
    assert 'role="search"' not in text
    assert "Sign out" not in text


def test_without_permission_the_item_is_gone(gallery: Flask, look: FlaskClient) -> None:
    gallery.config["PRINCIPAL"] = replace(lena(), grants=())
    text = look.get("/account").text
    assert "<span>Help desk</span>" in text
    assert 'href="/lists"' not in text
    assert 'href="/account" aria-current="page"' in text


@pytest.mark.parametrize(
    ("path", "item", "current"),
    [
        ("/lists", "Tickets", "page"),
        ("/lists/7/edit", "Tickets", "true"),
        ("/lists/closed/3", "Closed", "true"),
        ("/listsomething", None, None),
        ("/people/3", None, None),
    ],
)
def test_a_page_lies_under_the_longest_address(
    gallery: Flask, path: str, item: str | None, current: str | None
) -> None:
    gallery.add_url_rule("/lists/closed", "gallery_closed", lambda: "")
    items = [NavItem(Area.HELPDESK, "Closed", "gallery_closed"), NavItem(Area.HELPDESK, "Tickets", "gallery_lists")]
    with gallery.test_request_context(path):
        here = nav.nearest(items)
        assert (here.label if here else None) == item
        marks = [nav._item(each, here).current for each in items]
        assert [mark for mark in marks if mark] == ([current] if current else [])


def test_registering_twice_changes_nothing(gallery: Flask) -> None:
    nav.register(NavItem(Area.HELPDESK, "Tickets", "gallery_lists", LOOK, order=1))
    with gallery.test_request_context("/lists"):
        assert [i.label for a in nav.menu() if a.area is Area.HELPDESK for i in a.items] == ["Tickets", "Quarantine"]


def test_paths_that_exist(gallery: Flask) -> None:
    with gallery.test_request_context("/"):
        assert nav.path_if("/search") == "/search"
        assert nav.path_if("/nowhere") is None
        assert nav.path_if("/sign-out") is None  # only POST
        assert nav.url_if("gallery_today") == "/today"
        assert nav.url_if("nowhere") is None


def test_what_does_not_fit_into_one_line_is_under_more_and_where_one_is_stays(
    gallery: Flask, look: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nav, "IN_THE_ROW", 1)
    with gallery.test_request_context("/lists"):
        area = next(a for a in nav.menu() if a.area is Area.HELPDESK)
        assert [[i.label for i in part] for part in (area.row, area.rest)] == [["Tickets"], ["Quarantine"]]
    with gallery.test_request_context("/words"):
        area = next(a for a in nav.menu() if a.area is Area.HELPDESK)
        assert [[i.label for i in part] for part in (area.row, area.rest)] == [["Tickets", "Quarantine"], []]
    more = look.get("/lists").text.split("<summary>More", 1)[1].split("</details>", 1)[0]
    assert '<li><a href="/words">Quarantine</a></li>' in more


def test_an_area_without_any_page_says_that_it_comes_later(look: FlaskClient) -> None:
    text = look.get("/lists").text
    assert "<span>Training (comes later)</span>" in text
    assert text.count("comes later") == 1
