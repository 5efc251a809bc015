"""The pages of a person and of an agency: packages add what they know of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.authz import Principal
from core.people.models import Agency, Person


@dataclass(frozen=True)
class Part:
    """A part of the page: a template and what it shows; the lower `order` stands first."""

    template: str
    context: dict[str, Any]
    order: int = 50


Maker = Callable[[Principal, Person, datetime], Part | None]
_makers: list[Maker] = []


def about_person(maker: Maker) -> Maker:
    """Decorator: this function adds a part to a person's page, or None where this viewer is to see nothing of it."""
    if maker not in _makers:
        _makers.append(maker)
    return maker


def parts(principal: Principal, person: Person, at: datetime) -> list[Part]:
    made = [found for maker in _makers if (found := maker(principal, person, at)) is not None]
    return sorted(made, key=lambda one: one.order)


AgencyMaker = Callable[[Principal, Agency, datetime], Part | None]
_of_agencies: list[AgencyMaker] = []


def about_agency(maker: AgencyMaker) -> AgencyMaker:
    """The same for an agency's page."""
    if maker not in _of_agencies:
        _of_agencies.append(maker)
    return maker


def agency_parts(principal: Principal, agency: Agency, at: datetime) -> list[Part]:
    made = [found for maker in _of_agencies if (found := maker(principal, agency, at)) is not None]
    return sorted(made, key=lambda one: one.order)
