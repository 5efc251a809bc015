"""One box that finds people, agencies, tickets, licenses and rules, each for whom it may be shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal
from core.db import db
from core.people.models import Agency, Membership, Person, words_of_name
from core.people.permissions import Permission
from core.policy import catalog

LIMIT = 20
RULES = "Rules"


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
    """Hits by area: in the order of registration, the rules last, since people look for their work; no empty areas."""
    text = " ".join(text.split())[:200]
    if len(text) < 2:
        return {}
    found: dict[str, list[Hit]] = {}
    for area, find in _finders:
        found.setdefault(area, []).extend(find(principal, text, limit))
    return {area: found[area] for area in sorted(found, key=RULES.__eq__) if found[area]}


def like(text: str) -> str:
    """A pattern for names that begin with the text, its wildcards taken as plain characters."""
    return re.sub(r"([%_\\])", r"\\\1", text.lower()) + "%"


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def named(name: Any, text: str) -> ColumnElement[bool]:
    """Names in which each word of the text begins some word, so that a surname is enough."""
    each = words(text)
    return (
        words_of_name(name).op("@@")(func.to_tsquery("simple", " & ".join(f"{w}:*" for w in each))) if each else false()
    )


@provider("Agencies")
def _agencies(principal: Principal, text: str, limit: int) -> list[Hit]:
    scope = principal.scope(Permission.PEOPLE_VIEW)
    query = select(Agency).where(scope.over_agencies(), named(Agency.name, text))
    rows = db.session.scalars(query.options(joinedload(Agency.coc)).order_by(Agency.name).limit(limit))
    return [Hit(a.name, f"/agencies/{a.id}", "Agencies", f"{a.coc.name}, {a.status}") for a in rows]


@provider("People")
def _people(principal: Principal, text: str, limit: int) -> list[Hit]:
    scope = principal.scope(Permission.PEOPLE_VIEW)
    query = (
        select(Person.id, Person.name, Person.email, Agency.name.label("agency"))
        .join(Membership, Membership.person_id == Person.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(scope.over_agencies(), or_(named(Person.name, text), func.lower(Person.email).like(like(text))))
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    return [Hit(r.name, f"/people/{r.id}", "People", f"{r.email}, {r.agency}") for r in db.session.execute(query)]


@provider(RULES)
def _rules(_: Principal, text: str, limit: int) -> list[Hit]:
    """A rule by its id, or by the beginnings of words it says; the manuals are open to everybody signed in."""
    each = words(text)
    hits = [rule for rule in catalog.rules.values() if each and _says(f"{rule.id} {rule.says}", each)]
    exact = text.strip().upper()
    hits.sort(key=lambda rule: (rule.id != exact, not rule.id.startswith(exact), rule.id))
    return [Hit(f"Rule {rule.id}", f"/rules/{rule.id}", RULES, rule.says) for rule in hits[:limit]]


def _says(text: str, each: list[str]) -> bool:
    said = words(text)
    return all(any(word.startswith(one) for word in said) for one in each)
