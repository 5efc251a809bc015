"""The queue's page beside its rows: the rail of lists with counts, the columns, and what may be done to many."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from core import clock
from core.authz import Principal
from helpdesk.desk import queries
from helpdesk.desk.permissions import Permission
from helpdesk.desk.queries import AtHand, Kept
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Priority

COLUMNS = {
    "from": "From",
    "state": "State",
    "where": "Where it is",
    "category": "Category",
    "priority": "Priority",
    "tags": "Tags",
    "opened": "Opened",
    "news": "Last news",
    "age": "Age",
    "due": "Due",
}
USUAL = ("from", "state", "where", "news", "due")
KEPT = ("view", "state", "tier", "category", "priority", "agency", "assignee", "mine", "tag", "case", "q", "sort")
FOLDED = ("tier", "category", "agency", "mine", "priority", "tag", "case")
NOTHING = AtHand([], [], [])
COUNTED = ("needs-action", "waiting", "open")


def columns_of(told: MultiDict[str, str]) -> list[str]:
    """Those asked for, in the house's order; the usual ones when none are."""
    asked = {name for part in told.getlist("columns") for name in part.split(",")}
    return [name for name in COLUMNS if name in asked] or list(USUAL)


def kept_of(told: MultiDict[str, str]) -> dict[str, str]:
    """What of an address makes the list what it is, for keeping it under a name."""
    kept = {name: told[name].replace("\0", "").strip()[:200] for name in KEPT if told.get(name, "").strip()}
    columns = columns_of(told)
    return {**kept, "columns": ",".join(columns)} if tuple(columns) != USUAL else kept


def rail(
    principal: Principal, told: MultiDict[str, str], saved: Sequence[Kept], works_here: bool
) -> list[dict[str, Any]]:
    """The house's lists, then those kept under a name. Words are not counted: they are searched when looked at."""
    of_saved = {str(row.id): tickets.conditions_of(principal, row.filters) for row in saved if not row.filters.get("q")}
    counts = tickets.counts_of_views(principal, COUNTED, of_saved) if works_here else {}
    here = told.get("saved", "")
    house = [
        {
            "label": shown.label,
            "href": f"/tickets?view={name}",
            "current": not here and name == tickets.view_named(told),
            "count": counts.get(name),
        }
        for name, shown in tickets.VIEWS.items()
    ]
    own = [
        {
            "label": row.name,
            "href": f"/tickets?{urlencode({**row.filters, 'saved': row.id})}",
            "current": here == str(row.id),
            "count": counts.get(str(row.id)),
        }
        for row in saved
    ]
    return house + own


def acts(principal: Principal, kept: AtHand) -> list[tuple[str, str]]:
    """What the bar over the selected rows offers; each ticket still decides for itself."""
    people = [(f"assign:{person.id}", f"Assign to {person.name}") for person in kept.colleagues]
    urgency = [(f"priority:{priority}", f"Priority: {priority}") for priority in Priority]
    return [
        (f"assign:{principal.person_id}", "Assign to me"),
        ("assign:0", "Assign to nobody"),
        ("tag", "Add the tag"),
        ("close", "Close, because"),
        ("forward", "Take over or forward, because"),
        ("merge", "Merge into the request with number"),
        *urgency,
        *people,
        *((f"answer:{row.id}", f"Answer: {row.name}") for row in kept.replies),
    ]


def _whys(rows: Sequence[Ticket]) -> dict[str, Any]:
    """Why each lies where it does, as the place of its explanation among those said; most of a page share a few."""
    reasons: list[dict[str, Any]] = []
    whys: dict[int, int] = {}
    for row in rows:
        if row.why_here is None:
            continue
        if row.why_here not in reasons:
            reasons.append(row.why_here)
        whys[row.id] = reasons.index(row.why_here)
    return {"reasons": reasons, "whys": whys}


def beside(principal: Principal, told: MultiDict[str, str], rows: Sequence[Ticket]) -> dict[str, Any]:
    """All of it for the page's template."""
    works_here = principal.can(Permission.USE)
    shown, kept = columns_of(told), queries.kept_at_hand(principal, clock.now()) if works_here else NOTHING
    return {
        "rail": rail(principal, told, kept.views, works_here),
        "acts": acts(principal, kept) if works_here else [],
        "columns": shown,
        "narrowed": any(told.get(name, "").strip() for name in FOLDED),
        "all_columns": COLUMNS,
        "tags": queries.tags_of([row.id for row in rows]) if works_here and "tags" in shown else {},
        **_whys(rows if works_here and "where" in shown else ()),
        "nonce": secrets.token_urlsafe(16),
        "keepable": urlencode(kept_of(told)),
        "priorities": [(priority.value, priority.value.capitalize()) for priority in Priority],
    }
