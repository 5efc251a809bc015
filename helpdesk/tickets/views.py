from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, exists

from core import clock, ppi
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.deadlines import Deadline, deadlines_of
from core.errors import Conflict, Forbidden, Invalid
from core.files.services import send
from core.paging import page_of
from core.people.models import Person
from core.policy.vocabulary import Tier
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.desk import listing
from helpdesk.flow.shown import promises_of
from helpdesk.tickets import api, departures, queries, services, standing  # noqa: F401 - two are there for what they register
from helpdesk.tickets.acts import ACTS
from helpdesk.tickets.beside import Asked, Looking, asks, pieces_for, what_is_there
from helpdesk.tickets.family import survivor_of
from helpdesk.tickets.forms import AssignForm, Once
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import NEEDS, Permission
from helpdesk.tickets.rules import Action, Category, Channel, Kind, Side, State, lasted
from helpdesk.tickets.screening import safe_address
from licensing import api as licensing

bp = Blueprint("tickets", __name__, url_prefix="/tickets")

register(NavItem(Area.HELPDESK, "Tickets", "tickets.index", Permission.TICKET_VIEW, order=10, group=Group.WORK))

STATES = {
    State.NEW: ("New", "info"),
    State.OPEN: ("Needs an answer", "warn"),
    State.ANSWERED: ("Answered", "ok"),
    State.WITH_VENDOR: ("Waiting on the vendor", "wait"),
    State.CLOSED: ("Closed", "off"),
    State.DECLINED: ("Declined", "off"),
    State.MERGED: ("Merged", "off"),
}
TIERS = {
    Tier.AGENCY_ADMINISTRATOR: "Agency administrator",
    Tier.HMIS_LEAD: "HMIS Lead",
    Tier.VENDOR: "Vendor",
}
CATEGORIES = {
    Category.PROBLEM: "Problem",
    Category.ENHANCEMENT: "Enhancement",
    Category.HOW_TO: "How to",
    Category.DATA_CORRECTION: "Data correction",
    Category.DUPLICATE_MERGE: "Duplicate merge",
    Category.LOCKED_RECORD: "Locked record",
    Category.RELEASE_GAP: "Release gap",
    Category.ACCESS: "Access",
    Category.TRAINING: "Training",
    Category.SECURITY: "Security",
    Category.OTHER: "Other",
}
bp.add_app_template_filter(ppi.segments, "segments")
bp.add_app_template_filter(safe_address)


@bp.get("")
@requires(Permission.TICKET_VIEW)
def index() -> Any:
    principal = current_principal()
    order, descending = queries.order_of(request.args)
    page = page_of(
        queries.queue(principal, request.args), order, descending=descending, sought=queries.sought_in(request.args)
    )
    return render_template(
        "helpdesk/tickets/index.html",
        page=page,
        **listing.beside(principal, request.args, page.rows),
        view=queries.view_named(request.args),
        works_here=principal.can(Permission.TICKET_ANSWER),
        state_choices=[(state.value, words) for state, (words, _) in STATES.items()],
        now=clock.now(),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"states": STATES, "tiers": TIERS, "categories": CATEGORIES, "lasted": lasted, "State": State, "Kind": Kind}


def _me(principal: Principal) -> Person:
    return db.session.get_one(Person, principal.person_id)


# --- one ticket ----------------------------------------------------------------------------------


@bp.get("/<int:ticket_id>")
@requires(Permission.TICKET_VIEW)
def show(ticket_id: int) -> Any:
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    if ticket.merged_into_id is not None and request.args.get("alone") != "1" and (whole := _whole(ticket)):
        return redirect(url_for(".show", ticket_id=whole.id, part=ticket.id))
    return _page(ticket)


def _whole(ticket: Ticket) -> Ticket | None:
    """What a merged request is part of, for whoever may see that."""
    whole = survivor_of(ticket)
    return whole if standing.may(current_principal(), Permission.TICKET_VIEW, whole) else None


def _page(
    ticket: Ticket,
    form: Once | None = None,
    action: Action | None = None,
    *,
    revealed: int | None = None,
    status: int = 422,
) -> Any:
    """The ticket as this person sees it, with the forms of what they may do; `form` is one that was refused."""
    principal, at = current_principal(), clock.now()
    side = standing.side_of_principal(principal, ticket)
    possible = standing.actions_of(principal, ticket, at)
    there = what_is_there(ticket, principal.person_id)
    everything, alone = request.args.get("all") == "1", "merges" not in there
    messages, more = queries.conversation(ticket, side, everything=everything, alone=alone)
    ladder = standing.ladder_of(ticket, at)
    forms = {name: ACTS[name].form(prefix=name, formdata=None) for name in possible}
    if form is not None and action is not None:
        forms[action] = form
    if Action.ASSIGN in forms:
        _offer_people(forms[Action.ASSIGN], ticket, at)
    if Action.PRIORITIZE in forms and action is not Action.PRIORITIZE:
        forms[Action.PRIORITIZE].to.data = ticket.priority.value
    page = render_template(
        "helpdesk/tickets/show.html",
        ticket=ticket,
        side=side,
        messages=messages,
        more=more,
        forms=forms,
        tried=action,
        revealed=revealed,
        may_reveal=standing.may(principal, Permission.TICKET_REVEAL, ticket),
        stays=queries.stays(ticket),
        ladder=ladder,
        ladder_words=[TIERS[tier] for tier in ladder],
        deadlines=_deadlines(ticket) if "deadlines" in there else [],
        promises=promises_of(ticket, at, side) if "practice" in there else [],
        **_of_licensing(ticket, principal, side, at, there),
        pieces=pieces_for(Looking(ticket, principal, side, at, there)),
        there=there,
        holders=standing.holders(ticket, at) if Action.REPLY in forms else [],
        now=at,
        Action=Action,
        Side=Side,
        **_words(),
    )
    return (page, status) if form is not None else page


def page_with(ticket: Ticket, form: Once, action: Action, *, status: int) -> Any:
    """The page with what somebody typed into one of its forms, for a room that changes it there."""
    return _page(ticket, form, action, status=status)


SERVICE = "service-"  # kinds of deadlines that are shown as promises


@asks("deadlines")
def _has_deadlines(asked: Asked) -> ColumnElement[bool]:
    own = Deadline.subject_type == Ticket.__tablename__, Deadline.subject_id == asked.ticket_id
    return exists().where(*own, Deadline.kind.not_like(f"{SERVICE}%"))


def _deadlines(ticket: Ticket) -> list[Deadline]:
    return [row for row in deadlines_of(ticket) if not row.kind.startswith(SERVICE)]


def _of_licensing(
    ticket: Ticket, principal: Principal, side: Side, at: datetime, there: frozenset[str]
) -> dict[str, Any]:
    """What whoever helps should know of the person who asked, and whether this mail may tell of a departure."""
    if side is Side.REQUESTER:
        return {"licenses": [], "leaving": [], "departure": None, "may_record": False}
    who, by_mail, record = (
        ticket.requester_id or 0,
        ticket.channel is Channel.EMAIL,
        licensing.DeparturePermission.RECORD,
    )
    return {
        "licenses": _reached(licensing.licenses_in_force(who, at) if "licenses" in there else [], ticket, side),
        "leaving": _reached(licensing.departures_to_come(who) if "leaving" in there else [], ticket, side),
        "departure": licensing.open_of_ticket(ticket.id) if by_mail and "departure" in there else None,
        "may_record": by_mail and principal.can(record, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id),
    }


def _reached(rows: list[Any], ticket: Ticket, side: Side) -> list[Any]:
    """Of the Lead's, or for an agency its own: a person may work for several."""
    return [
        row
        for row in rows
        if row.lead_id == ticket.lead_id and (side is Side.LEAD or row.agency_id == ticket.agency_id)
    ]


def _offer_people(form: Any, ticket: Ticket, at: datetime) -> None:
    form.offer(standing.could_hold(ticket, at))
    if not form.is_submitted() or form.to.data is None:
        form.to.data = ticket.holder_person_id or 0


def _act(ticket_id: int, action: Action) -> Any:
    """Take the form of an action, do it in one unit of work, or show the page again with all that was typed."""
    ticket, act = queries.visible_ticket(current_principal(), ticket_id), ACTS[action]
    form = act.form(prefix=action)
    if isinstance(form, AssignForm):
        form.offer(standing.could_hold(ticket, clock.now()))
    if not form.validate_on_submit():
        _refuse_others(ticket, action)
        return _page(ticket, form, action)
    try:
        with unit_of_work():
            said = act.do(ticket, _me(current_principal()), form, clock.now())
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return _page(ticket, form, action, status=error.status)
    flash(act.done, "success")
    return redirect(url_for(".show", ticket_id=ticket.id, _anchor=f"message-{said.id}"))


def _refuse_others(ticket: Ticket, action: Action) -> None:
    """A form that is wrong and not this person's to send is answered like one that is right."""
    if action not in standing.actions_of(current_principal(), ticket, clock.now()):
        raise Forbidden("That is not yours to do here.", "Add a reply instead; whoever has the request sees it.")


def _view_of(action: Action) -> Any:
    def view(ticket_id: int) -> Any:
        return _act(ticket_id, action)

    return requires(NEEDS[action], *ACTS[action].also)(view)


for _action in ACTS:
    bp.add_url_rule(
        f"/<int:ticket_id>/{_action}", _action.replace("-", "_"), view_func=_view_of(_action), methods=["POST"]
    )


# --- what is masked, and files -------------------------------------------------------------------


@bp.post("/<int:ticket_id>/messages/<int:message_id>/reveal")
@requires(Permission.TICKET_REVEAL)
def reveal(ticket_id: int, message_id: int) -> Any:
    """The page once with this message unmasked; that it was looked at is recorded."""
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    _must_reveal(ticket)
    message = queries.message_of(ticket, message_id, Side.LEAD)
    with unit_of_work():
        services.reveal(message)
    return _page(ticket, revealed=message.id)


@bp.get("/<int:ticket_id>/files/<int:file_id>")
@requires(Permission.TICKET_VIEW)
def download(ticket_id: int, file_id: int) -> Any:
    principal = current_principal()
    ticket = queries.visible_ticket(principal, ticket_id)
    row = queries.file_of(ticket, file_id, standing.side_of_principal(principal, ticket))
    if row.file.held_back:
        raise Forbidden(
            "This file has what looks like a client's personal data.", "HMIS Lead staff can show it; that is recorded."
        )
    return send(row.file)


@bp.post("/<int:ticket_id>/files/<int:file_id>/reveal")
@requires(Permission.TICKET_REVEAL)
def reveal_file(ticket_id: int, file_id: int) -> Any:
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    _must_reveal(ticket)
    row = queries.file_of(ticket, file_id, Side.LEAD)
    with unit_of_work():
        services.reveal(row.message)
    return send(row.file)


def _must_reveal(ticket: Ticket) -> None:
    if not standing.may(current_principal(), Permission.TICKET_REVEAL, ticket):
        raise Forbidden("Only the HMIS Lead's staff can show what is hidden.", "Ask the HMIS Lead.")
