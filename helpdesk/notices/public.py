"""Pages for everybody, signed in or not: how the service stands, and the signed link in a mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, render_template, request
from sqlalchemy import select

from core import clock
from core.audit import acting_as
from core.authz import public
from core.db import db, unit_of_work
from core.markdown import to_html
from core.paging import page_of
from core.people.models import Lead, Person
from helpdesk.notices import links, queries, rules, services
from helpdesk.notices.audience import still_there
from helpdesk.notices.models import Notice, NoticeRecipient, ReadBy
from helpdesk.notices.rules import FAILURES, Kind, Standing

bp = Blueprint("status", __name__)

FRESH = 60  # seconds for which a browser or a proxy may show the same page
WORDS = {
    Standing.OUTAGE: ("The HMIS cannot be used", "late"),
    Standing.DEGRADED: ("Something in the HMIS is slow or wrong", "warn"),
    Standing.MAINTENANCE: ("Planned maintenance is going on", "info"),
    Standing.WORKING: ("Everything works, as far as we know", "ok"),
}
KINDS = {Kind.OUTAGE: "Outage", Kind.DEGRADED: "Problem", Kind.MAINTENANCE: "Planned maintenance"}


@bp.get("/status")
@public
def index() -> Any:
    """How it stands: the one office's own page, or the list of all offices."""
    now = clock.now()
    page = page_of(queries.leads(), [Lead.name, Lead.id])
    if len(page.rows) == 1 and not page.next and not page.prev:
        return _cached(_page(page.rows[0], now))
    going_on = queries.public_going_on([lead.id for lead in page.rows], now)
    standings = {
        lead.id: WORDS[_standing([row for row in going_on if row.lead_id == lead.id], now)] for lead in page.rows
    }
    return _cached(render_template("helpdesk/notices/status_list.html", page=page, standings=standings, now=now))


@bp.get("/status/<int:lead_id>")
@public
def of_lead(lead_id: int) -> Any:
    return _cached(_page(queries.lead_of(lead_id), clock.now()))


def _page(lead: Lead, now: datetime) -> str:
    going_on = queries.public_going_on([lead.id], now)
    history = page_of(queries.public_history(lead.id, now), [Notice.sent_at, Notice.id], descending=True)
    standing = _standing(going_on, now)
    return render_template(
        "helpdesk/notices/status.html",
        lead=lead,
        zone=ZoneInfo(lead.tz),
        words=WORDS[standing],
        now_on=[_told(row) for row in going_on if row.kind in FAILURES or (row.begins_at and row.begins_at <= now)],
        to_come=[_told(row) for row in going_on if row.begins_at and row.begins_at > now],
        history=history,
        kinds=KINDS,
        now=now,
    )


def _standing(going_on: list[Notice], now: datetime) -> Standing:
    return rules.standing(((row.kind, row.begins_at) for row in going_on), now)


def _told(row: Notice) -> dict[str, Any]:
    """A notice and what was said of it since; never to whom, nor by whom."""
    return {"row": row, "said": [(update, to_html(update.text)) for update in reversed(row.updates)]}


def _cached(page: str) -> Response:
    """For everybody alike, so that a crowd that meets an outage is served by what stands in between."""
    answer = make_response(page)
    kept_by = "private" if request.cookies else "public"
    answer.headers["Cache-Control"] = f"{kept_by}, max-age={FRESH}"
    answer.vary.add("Cookie")
    return answer


# --- the link in a mail


@bp.get("/read/<token>")
@public
def read(token: str) -> Any:
    """Opening the link notes nothing: mail programs open links by themselves."""
    found = _recipient(token)
    if found is None:
        return render_template("helpdesk/notices/link_gone.html"), 410
    return _read_page(*found, token)


@bp.post("/read/<token>")
@public
def say_read(token: str) -> Any:
    found = _recipient(token)
    if found is None:
        return render_template("helpdesk/notices/link_gone.html"), 410
    recipient, row = found
    with acting_as(recipient.person.name, recipient.person_id), unit_of_work():
        services.acknowledge(row, recipient.person_id, ReadBy.LINK, clock.now())
    flash("Thank you. It is noted that you have read it.", "success")
    return _read_page(recipient, row, token)


def _recipient(token: str) -> tuple[NoticeRecipient, Notice] | None:
    """Whose link it is, if it is genuine and they have not left since."""
    numbers = links.read(token)
    if numbers is None:
        return None
    query = (
        select(NoticeRecipient, Notice)
        .join(Notice, Notice.id == NoticeRecipient.notice_id)
        .join(Person, Person.id == NoticeRecipient.person_id)
        .where(Notice.id == numbers[0], Person.id == numbers[1], NoticeRecipient.is_asked)
    )
    found = db.session.execute(query).first()
    if found is None:
        return None
    recipient, row = found
    here = select(NoticeRecipient.id).where(
        NoticeRecipient.id == recipient.id, still_there(NoticeRecipient.person_id, row.lead_id, clock.now())
    )
    return (recipient, row) if db.session.scalar(here) else None


def _read_page(recipient: NoticeRecipient, row: Notice, token: str) -> str:
    html = to_html(row.text)
    return render_template("helpdesk/notices/read.html", recipient=recipient, row=row, html=html, token=token)
