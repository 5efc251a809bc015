"""What notices put on other pages, and the words for what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from sqlalchemy import ColumnElement, func, select

from core import clock, home, search
from core.authz import Principal
from core.db import db
from core.home import WorkItem
from core.people.models import Agency, CoC
from core.search import Hit
from core.ui import banners
from core.ui.banners import Banner
from helpdesk.notices import queries, services
from helpdesk.notices.forms import GROUPS, PROJECT_TYPES
from helpdesk.notices.models import Notice
from helpdesk.notices.permissions import Permission
from helpdesk.notices.rules import Group, Kind, Telling

AREA = "Help desk"
TONES = {Kind.OUTAGE: "error", Kind.DEGRADED: "warning", Kind.MAINTENANCE: "info"}
WORDS = {
    Kind.OUTAGE: "The HMIS cannot be used.",
    Kind.DEGRADED: "Something in the HMIS is slow or wrong.",
    Kind.MAINTENANCE: "Planned maintenance.",
}


@banners.source("notices.show")
def banners_for(principal: Principal) -> Iterator[Banner]:
    for row in queries.on_pages_of(principal.person_id, clock.now()):
        address = url_for("notices.show", notice_id=row.id)
        away = None if row.is_critical else url_for("notices.dismiss", notice_id=row.id)
        yield Banner(TONES[row.kind], row.title, WORDS[row.kind], address, away)


@home.provider
def for_today(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """What a person was asked to read, and failures that nobody has been told of."""
    items = [
        WorkItem(
            title=f"Read: {row.title}",
            url=f"/notices/{row.id}",
            action="Read and say so",
            area=AREA,
            detail="You are asked to say that you have read it",
            since=row.sent_at,
        )
        for row in queries.to_read(principal.person_id, limit)
    ]
    if principal.can(Permission.SEND):
        items += [_untold(row, at) for row in queries.untold(principal, limit)]
    return items


def _untold(row: Notice, at: datetime) -> WorkItem:
    decided = next((told.decision for _, told in services.tellings(row, at) if told.decision), None)
    return WorkItem(
        title=f"Send the service notice: {row.title}",
        url=f"/notices/{row.id}",
        action="Look and send",
        area=AREA,
        detail="Discovered, and nobody has been told yet",
        due_at=decided.due if decided else None,
        explanation=decided.as_json() if decided else None,
        since=row.discovered_at,
    )


@search.provider(AREA)
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """Notices that one writes or received, by their words, the newest first."""
    query = select(Notice).where(queries.visible(principal, clock.now()), _matches(text))
    rows = db.session.scalars(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit))
    return [Hit(row.title, f"/notices/{row.id}", AREA, f"Notice, {row.state}") for row in rows]


def _matches(text: str) -> ColumnElement[bool]:
    words = func.websearch_to_tsquery("english", text.replace("\0", "")[:200])
    matched: ColumnElement[bool] = Notice.search.op("@@")(words)
    return matched


def tellings(row: Notice, now: datetime) -> list[tuple[str, Telling]]:
    """How soon the communities were told (or would be, if it were sent now), each manual's clock once."""
    told = services.tellings(row, row.sent_at or now)
    ruled: dict[str, tuple[str, Telling]] = {}
    for coc, one in told:
        key = f"{one.decision.pack} {one.decision.version}" if one.decision else ""
        ruled.setdefault(key, (coc.name, one))
    return list(ruled.values())


def audience_words(row: Notice) -> list[tuple[str, str]]:
    """What was chosen, in words."""
    chosen = row.chosen
    cocs = db.session.scalars(select(CoC.name).where(CoC.id.in_(chosen.coc_ids)).order_by(CoC.name))
    agencies = db.session.scalars(select(Agency.name).where(Agency.id.in_(chosen.agency_ids)).order_by(Agency.name))
    places = [*cocs, *agencies]
    words = [
        ("Who", ", ".join(GROUPS[Group(group)] for group in chosen.groups)),
        ("Where", ", ".join(places) if places else "Everywhere the HMIS Lead serves"),
    ]
    if chosen.project_types:
        types = ", ".join(PROJECT_TYPES.get(code, f"Type {code}") for code in chosen.project_types)
        words.append(("Project types", types))
    if chosen.levels:
        words.append(("Access levels", ", ".join(chosen.levels)))
    return words
