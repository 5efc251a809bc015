"""The page of a license: other rooms of licensing add what they know of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.authz import Principal
from core.office.about import Part
from licensing.access.models import License

Maker = Callable[[Principal, License, datetime], Part | None]
_makers: list[Maker] = []


def about_license(maker: Maker) -> Maker:
    """Decorator: this function adds a part to a license's page, or None where there is nothing to show."""
    if maker not in _makers:
        _makers.append(maker)
    return maker


def parts(principal: Principal, held: License, at: datetime) -> list[Part]:
    made = [found for maker in _makers if (found := maker(principal, held, at)) is not None]
    return sorted(made, key=lambda one: one.order)
