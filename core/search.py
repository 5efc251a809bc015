"""One box that finds people, agencies, tickets, licenses and rules, each for whom it may be shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal
from core.db import db
from core.people.models import Agency, Membership, Person
from core.people.permissions import Permission

LIMIT = 20


@dataclass(frozen=True)
class Hit:
    title: str
    url: str
    area: str
    detail: str = ""


Finder = Callable[[Principal, str, int], Iterable[Hit]]
_finders: list[tuple[str, Finder]] = []


def provider(area: str) -> Callable[[Finder], Finder]:
    """Decorator: this function finds things of one area, at most the limit it is given."""

    def register(fn: Finder) -> Finder:
        if (area, fn) not in _finders:
            _finders.append((area, fn))
        return fn

    return register


def search(principal: Principal, text: str, limit: int = LIMIT) -> dict[str, list[Hit]]:
    """Hits by area, areas in the order of registration; empty areas are left out."""
    text = " ".join(text.split())[:200]
    if len(text) < 2:
        return {}
    found: dict[str, list[Hit]] = {}
    for area, find in _finders:
        found.setdefault(area, []).extend(find(principal, text, limit))
    return {area: hits for area, hits in found.items() if hits}


def like(text: str) -> str:
    """A pattern for names that begin with the text, its wildcards taken as plain characters."""
    return re.sub(r"([%_\\])", r"\\\1", text.lower()) + "%"


@provider("Agencies")
def _agencies(principal: Principal, text: str, limit: int) -> list[Hit]:
    scope = principal.scope(Permission.PEOPLE_VIEW)
    query = select(Agency).where(scope.over_agencies(), func.lower(Agency.name).like(like(text)))
    rows = db.session.scalars(query.options(joinedload(Agency.coc)).order_by(Agency.name).limit(limit))
    return [Hit(a.name, f"/agencies/{a.id}", "Agencies", f"{a.coc.name}, {a.status}") for a in rows]


@provider("People")
def _people(principal: Principal, text: str, limit: int) -> list[Hit]:
    scope = principal.scope(Permission.PEOPLE_VIEW)
    named = or_(func.lower(Person.name).like(like(text)), func.lower(Person.email).like(like(text)))
    query = (
        select(Person.id, Person.name, Person.email, Agency.name.label("agency"))
        .join(Membership, Membership.person_id == Person.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(scope.over_agencies(), named)
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    return [Hit(r.name, f"/people/{r.id}", "People", f"{r.email}, {r.agency}") for r in db.session.execute(query)]
