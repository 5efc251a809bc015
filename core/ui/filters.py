"""The Jinja filters and globals of times and numbers: `core.ui.times` in the viewer's zone, as HTML."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from flask import Flask, request
from markupsafe import Markup, escape

from core import clock
from core.money import dollars
from core.ui import times
from core.ui.viewer import viewer, viewer_roles, viewer_zone

Moment = datetime | str
Zone = str | ZoneInfo | None


def local(moment: Moment, tz: Zone = None) -> datetime:
    """In the given zone, else the viewer's."""
    return times.parse(moment).astimezone(times.zone(tz) if tz else viewer_zone())


def when(moment: Moment, tz: Zone = None) -> Markup:
    at = local(moment, tz)
    return _time(at, times.say_when(at))


def when_text(moment: Moment, tz: Zone = None) -> str:
    return times.say_when(local(moment, tz))


def day(moment: Moment | date, tz: Zone = None) -> Markup:
    """A date stays the date it is; a moment is the day it falls on in the zone."""
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return _time(moment, times.say_day(moment))
    at = local(moment, tz)
    return _time(at, times.say_day(at))


def day_text(moment: Moment | date, tz: Zone = None) -> str:
    return day(moment, tz).striptags()


def clock_time(moment: Moment, tz: Zone = None) -> Markup:
    at = local(moment, tz)
    return _time(at, f"{times.say_clock(at)} ({times.zone_word(at)})")


def due(moment: Moment, tz: Zone = None, year: bool = False) -> Markup:
    """The year is said when it is asked for, or is not this one."""
    at = local(moment, tz)
    said = times.say_due(at, year=year or at.year != clock.now().year)
    return _time(at, Markup("<strong>{}</strong> ({})").format(said, times.zone_word(at)))


def due_text(moment: Moment, tz: Zone = None) -> str:
    at = local(moment, tz)
    return f"{times.say_due(at)} ({times.zone_word(at)})"


def ago(moment: Moment, tz: Zone = None) -> Markup:
    at = local(moment, tz)
    title, words = escape(times.say_when(at)), escape(times.say_ago(at, clock.now()))
    return Markup(f'<time datetime="{at.isoformat(timespec="seconds")}" title="{title}">{words}</time>')  # noqa: S704 - escaped above


def left(moment: Moment, tz: Zone = None) -> str:
    return times.say_left(local(moment, tz), clock.now())


def waiting(moment: Moment, tz: Zone = None) -> str:
    return times.say_waiting(local(moment, tz), clock.now())


def due_tone(moment: Moment, tz: Zone = None) -> times.Tone:
    return times.tone(local(moment, tz), clock.now())


def _time(at: date, words: str) -> Markup:
    stamp = at.isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()
    return Markup(f'<time datetime="{stamp}">{escape(words)}</time>')  # noqa: S704 - a list has dozens, and `format` is slow


def initials(name: str) -> str:
    """The first letters of the first and the last word."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def filesize(octets: int) -> str:
    """2.4 MB, in thousands, as file managers count."""
    size, units = float(octets), ["bytes", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if size >= 10 or units[0] == "bytes" else f"{size:.1f} {units[0]}"


def thousands(number: int) -> str:
    return f"{number:,}"


def url_with(**changes: str | int | None) -> str:
    """This address with query arguments changed; None removes one.

    Not by `url_for`, which would take arguments such as `_scheme` from the visitor's address as its own.
    """
    query: dict[str, Any] = {**dict(request.args.lists()), **changes}
    kept = {key: value for key, value in query.items() if value is not None}
    path = quote(request.script_root + request.path)
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


WORDS: tuple[Callable[..., Any], ...] = (when, when_text, day, day_text, clock_time, due, due_text, ago, left, waiting)


def deed(action: str) -> str:
    """Departure notice given, for `departure.notice-given`."""
    return action.translate(str.maketrans("._-", "   ")).capitalize()


FILTERS: tuple[Callable[..., Any], ...] = (*WORDS, deed, dollars, initials, filesize, thousands)
GLOBALS: tuple[Callable[..., Any], ...] = (url_with, due_tone, viewer, viewer_zone, viewer_roles)


def init_app(app: Flask) -> None:
    for function in FILTERS:
        app.add_template_filter(function)
    for function in GLOBALS:
        app.add_template_global(function)
    app.add_template_global(lambda: times.zone_word(clock.now().astimezone(viewer_zone())), "viewer_zone_word")
