"""What stands above every page for as long as it matters, such as an outage. Packages register their own source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Flask

from core.authz import Principal
from core.ui.viewer import viewer


@dataclass(frozen=True)
class Banner:
    """`kind` as alerts have it; `dismiss` is the POST address that puts it away, none where it has to stay."""

    kind: str
    title: str
    text: str
    href: str
    dismiss: str | None = None


Source = Callable[[Principal], Iterable[Banner]]
_sources: list[Source] = []


def source(fn: Source) -> Source:
    """Decorator: this function gives banners for a person, in one query at most."""
    if fn not in _sources:
        _sources.append(fn)
    return fn


def banners() -> list[Banner]:
    person = viewer()
    return [banner for fn in _sources for banner in fn(person)] if person else []


def init_app(app: Flask) -> None:
    app.add_template_global(banners)
