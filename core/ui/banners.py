"""What stands above every page for as long as it matters, such as an outage. Packages register their own source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Flask, current_app

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
_sources: dict[str, Source] = {}


def source(endpoint: str) -> Callable[[Source], Source]:
    """Decorator: this function gives a person's banners, in one query at most, where the page they lead to exists."""

    def register(fn: Source) -> Source:
        _sources[endpoint] = fn
        return fn

    return register


def banners() -> list[Banner]:
    person = viewer()
    there = [fn for endpoint, fn in _sources.items() if endpoint in current_app.view_functions]
    return [banner for fn in there for banner in fn(person)] if person else []


def init_app(app: Flask) -> None:
    app.add_template_global(banners)
