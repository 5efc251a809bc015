"""The navigation. Packages register what they have; a person sees what exists and what they may open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Flask, current_app, g, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from core.authz import Principal
from core.ui.viewer import viewer


class Area(StrEnum):
    TODAY = "today"
    HELPDESK = "helpdesk"
    TRAINING = "training"
    LICENSING = "licensing"
    DEADLINES = "deadlines"
    ADMIN = "admin"
    ACCOUNT = "account"


class Group(StrEnum):
    """What an area with many pages is ordered by in its menu; in this order."""

    WORK = "Work"
    KNOWLEDGE = "Knowledge"
    REQUESTS = "Requests and letters"
    REPORTS = "Reports"
    STAFF = "Staff and cover"


LABELS = {
    Area.TODAY: "Today",
    Area.HELPDESK: "Help desk",
    Area.TRAINING: "Training",
    Area.LICENSING: "Licensing",
    Area.DEADLINES: "Deadlines",
    Area.ADMIN: "Admin",
}
MOST_WRITTEN = 1_000
IN_THE_ROW = 6
GROUPED_FROM = 12
"""How many pages an area must have for its menu to be ordered by groups: below, headings are in the way."""
ALWAYS_NAMED = {Area.HELPDESK, Area.TRAINING, Area.LICENSING}


@dataclass(frozen=True)
class NavItem:
    """A page worth a place in the navigation; `permission` None means anybody who has signed in."""

    area: Area
    label: str
    endpoint: str
    permission: StrEnum | None = None
    order: int = 100
    group: Group | None = None


@dataclass(frozen=True)
class MenuItem:
    """`current` as aria-current says it: "page" is this very page, "true" one that this page lies under."""

    label: str
    href: str
    current: str
    group: Group | None = None


@dataclass(frozen=True)
class MenuArea:
    """`href` None is an area of the house in which this person has no page: its name, without a link."""

    area: Area
    label: str
    href: str | None
    current: bool
    items: tuple[MenuItem, ...]
    is_to_come: bool = False

    @property
    def row(self) -> tuple[MenuItem, ...]:
        """What fits into one line of a desk's screen; where one is always stands there."""
        return tuple(i for n, i in enumerate(self.items) if n < IN_THE_ROW or i.current)

    @property
    def rest(self) -> tuple[MenuItem, ...]:
        return tuple(i for i in self.items if i not in self.row)

    @property
    def groups(self) -> tuple[tuple[str, tuple[MenuItem, ...]], ...]:
        """Everything of an area with many pages by its groups, what has none last; nothing where they are few."""
        if len(self.items) < GROUPED_FROM:
            return ()
        named = ((group, tuple(i for i in self.items if i.group is group)) for group in (*Group, None))
        return tuple((group or "Other", items) for group, items in named if items)


_registered: dict[str, NavItem] = {}


def register(item: NavItem) -> None:
    """Put a page into the navigation; once for each endpoint, so that a second app changes nothing."""
    _registered[item.endpoint] = item


def visible(items: Iterable[NavItem], endpoints: Collection[str], may: Callable[[StrEnum], bool]) -> list[NavItem]:
    """The items whose page exists and which this person may open, in order."""
    open_to = [i for i in items if i.endpoint in endpoints and (i.permission is None or may(i.permission))]
    return sorted(open_to, key=lambda i: (i.order, i.label))


def navigation(current_area: str | None = None) -> Markup:
    """The header's menus, written once for all who have the same roles and are at the same place of the house."""
    person = viewer()
    if person is None:
        return Markup()
    _, here = _shown()
    known: dict[Any, Markup] = current_app.extensions["nav_written"]
    at = request.path if request.path in current_app.extensions["nav_addresses"].values() else ""
    key = (request.script_root, person.roles, person.scopes, here and here.endpoint, current_area, at, len(_registered))
    if key not in known:
        if len(known) >= MOST_WRITTEN:
            known.clear()
        known[key] = Markup(render_template("layout/_nav.html", areas=menu(current_area)))  # noqa: S704 - escaped there
    return known[key]


def menu(current_area: str | None = None) -> list[MenuArea]:
    """The areas for the header; empty when nobody has signed in."""
    shown, here = _shown()
    area_here = current_area or (here.area if here else None)
    return [_area(area, shown, here, area_here) for area in LABELS if _has_place(area, shown)] if viewer() else []


def account_menu() -> list[MenuItem]:
    shown, here = _shown()
    return [_item(item, here) for item in shown if item.area is Area.ACCOUNT]


def _shown() -> tuple[list[NavItem], NavItem | None]:
    """What this person may open and which of it they are at; the header and the account's menu both ask."""
    if "nav_shown" not in g:
        person = viewer()
        shown = _open_to(person) if person else []
        g.nav_shown = shown, nearest(shown)
    return g.nav_shown  # type: ignore[no-any-return]  # what was put there two lines above


def _open_to(person: Principal) -> list[NavItem]:
    """Looked up once for those with the same roles: what a role may is the code's, not the database's."""
    known: dict[Any, list[NavItem]] = current_app.extensions["nav_open"]
    key = (person.roles, person.scopes, len(_registered))
    if key not in known:
        known[key] = visible(_registered.values(), current_app.view_functions, person.can)
    return known[key]


def _has_place(area: Area, shown: list[NavItem]) -> bool:
    return area in ALWAYS_NAMED or any(item.area is area for item in shown)


def _area(area: Area, shown: list[NavItem], here: NavItem | None, area_here: str | None) -> MenuArea:
    items = tuple(_item(item, here) for item in shown if item.area is area)
    return MenuArea(area, LABELS[area], items[0].href if items else None, area == area_here, items, not _has_page(area))


def _has_page(area: Area) -> bool:
    return any(i.area is area and i.endpoint in current_app.view_functions for i in _registered.values())


def _address(item: NavItem) -> str:
    """Made once for each place under which the service is mounted; a page asks for all of them several times."""
    known: dict[tuple[str, str], str] = current_app.extensions["nav_addresses"]
    key = (request.script_root, item.endpoint)
    if key not in known:
        known[key] = url_for(item.endpoint)
    return known[key]


def _item(item: NavItem, here: NavItem | None) -> MenuItem:
    href = _address(item)
    current = ("page" if href == request.path else "true") if item is here else ""
    return MenuItem(item.label, href, current, item.group)


def nearest(shown: list[NavItem]) -> NavItem | None:
    """The item this page is, or lies under: the longest address that this one starts with."""
    above = [(_address(item), item) for item in shown]
    under = [(len(href), item) for href, item in above if request.path == href or request.path.startswith(f"{href}/")]
    return max(under, key=lambda pair: pair[0])[1] if under else None


def url_if(endpoint: str) -> str | None:
    """The address of a page, or None while no such page exists: never a link to nothing."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def path_if(path: str) -> str | None:
    """The path itself, or None while no view answers GET there."""
    known: dict[str, bool] = current_app.extensions["paths_there"]
    if path not in known:
        known[path] = _is_there(path)
    return path if known[path] else None


def _is_there(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True


def init_app(app: Flask) -> None:
    app.extensions["nav_addresses"] = {}
    app.extensions["paths_there"] = {}
    app.extensions["nav_open"] = {}
    app.extensions["nav_written"] = {}
    app.add_template_global(navigation)
    app.add_template_global(account_menu)
    app.add_template_global(url_if)
    app.add_template_global(path_if)
