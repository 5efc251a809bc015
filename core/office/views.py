from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from core import clock, home
from core.authz import current_principal, found, principal_or_none, public, requires, signed_in
from core.db import unit_of_work
from core.deadlines import Deadline
from core.deadlines.kinds import kind_named, known_kinds
from core.office import queries
from core.office.about import agency_parts, parts
from core.outbox import OutboxMessage, SendState
from core.outbox.services import is_secret, send_again
from core.paging import page_of
from core.people.models import Agency, Membership
from core.people.permissions import Permission as P
from core.policy import catalog
from core.running import mailsink
from core.search import search as find
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone

bp = Blueprint("office", __name__)

register(NavItem(Area.TODAY, "Today", "office.index"))
register(NavItem(Area.DEADLINES, "Deadlines", "office.deadlines", P.DEADLINE_VIEW))
register(NavItem(Area.ADMIN, "Agencies", "office.agencies", P.PEOPLE_VIEW))
register(NavItem(Area.ADMIN, "Audit trail", "office.audit", P.AUDIT_VIEW))
register(NavItem(Area.ADMIN, "Outgoing mail", "office.outbox", P.OUTBOX_VIEW))


@bp.get("/")
@public
def index() -> Any:
    """Today, or the way in."""
    if principal_or_none() is None:
        return redirect(url_for("accounts.sign_in"))
    page = home.today(current_principal(), clock.now(), viewer_zone())
    return render_template("office/today.html", today=page, now=clock.now())


@bp.get("/search")
@signed_in
def search() -> Any:
    text = request.args.get("q", "")
    return render_template("office/search.html", text=text, found=find(current_principal(), text))


@bp.get("/deadlines")
@requires(P.DEADLINE_VIEW)
def deadlines() -> Any:
    shown = request.args.get("shown", "open")
    query = queries.deadlines(current_principal(), request.args, clock.now())
    page = page_of(query, [Deadline.due_at, Deadline.id], descending=shown in ("late", "past"))
    return render_template(
        "office/deadlines.html",
        page=page,
        shown=shown,
        views=queries.SHOWN,
        holders=queries.HOLDERS,
        kinds=[(name, kind_named(name).label) for name in known_kinds()],  # type: ignore[union-attr]
        agencies=queries.agency_names({row.agency_id for row in page.rows}),
        kind_named=kind_named,
        late_by=_late_by,
        owed=queries.missed_and_owed(current_principal(), request.args, clock.now()) if shown == "open" else 0,
        many=queries.MANY,
    )


@bp.get("/deadlines/<int:deadline_id>")
@requires(P.DEADLINE_VIEW)
def deadline(deadline_id: int) -> Any:
    row = queries.visible_deadline(current_principal(), deadline_id)
    names = queries.agency_names({row.agency_id})
    return render_template(
        "office/deadline.html",
        row=row,
        kind=kind_named(row.kind),
        link=queries.link_of(row),
        agency=names.get(row.agency_id or 0),
        holder=queries.HOLDERS.get(row.holder, row.holder),
        late_by=_late_by,
    )


def _late_by(row: Deadline) -> str:
    return queries.late_by(row, clock.now(), viewer_zone())


@bp.get("/agencies")
@requires(P.PEOPLE_VIEW)
def agencies() -> Any:
    page = page_of(queries.agencies(current_principal()), [Agency.name, Agency.id])
    return render_template("office/agencies.html", page=page)


@bp.get("/agencies/<int:agency_id>")
@requires(P.PEOPLE_VIEW)
def agency(agency_id: int) -> Any:
    row = queries.visible_agency(current_principal(), agency_id)
    return render_template(
        "office/agency.html",
        agency=row,
        parts=agency_parts(current_principal(), row, clock.now()),
        staff=page_of(queries.staff(row, clock.now()), [Membership.id]),
    )


@bp.get("/people/<int:person_id>")
@signed_in
def person(person_id: int) -> Any:
    principal = current_principal()
    row = queries.visible_person(principal, person_id)
    return render_template(
        "office/person.html",
        person=row,
        memberships=queries.memberships_in_reach(principal, row),
        designations=queries.designations_in_reach(principal, row),
        parts=parts(principal, row, clock.now()),
    )


@bp.get("/rules/<rule_id>")
@signed_in
def rule(rule_id: str) -> Any:
    entry = found(catalog.rules.get(rule_id.upper()))
    return render_template("office/rule.html", rule=entry, manual=catalog.manuals[entry.source].title)


@bp.get("/audit")
@requires(P.AUDIT_VIEW)
def audit() -> Any:
    query = queries.audit_events(current_principal(), request.args, viewer_zone())
    page = page_of(query, queries.audit_order(request.args), descending=True)
    return render_template("office/audit.html", page=page)


@bp.get("/outbox")
@requires(P.OUTBOX_VIEW)
def outbox() -> Any:
    state = request.args.get("state", "")
    query = queries.outgoing(current_principal(), state)
    page = page_of(query, [OutboxMessage.id], descending=True)
    return render_template("office/outbox.html", page=page, state=state, states=list(SendState), is_secret=is_secret)


@bp.post("/outbox/<int:message_id>/again")
@requires(P.OUTBOX_VIEW)
def again(message_id: int) -> Any:
    with unit_of_work() as session:
        query = queries.outgoing(current_principal(), "").where(OutboxMessage.id == message_id)
        send_again(found(session.scalar(query.with_for_update())))
    return redirect(url_for(".outbox", state=SendState.QUEUED))


@bp.get("/demo/mail")
@public
def demo_mail() -> Any:
    """What the demo's mail sink holds; only a demo shows it, to whoever can reach the demo."""
    return render_template("office/demo_mail.html", messages=mailsink.messages(_sink()))


@bp.get("/demo/mail/<message_id>")
@public
def demo_message(message_id: str) -> Any:
    return render_template("office/demo_message.html", message=found(mailsink.read(_sink(), message_id)))


def _sink() -> Any:
    config = current_app.config["HEARTHDESK"]
    return found(config.data_dir if config.mode == "demo" else None)
