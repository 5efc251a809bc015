"""The pages on which requests are merged, taken apart, linked, split, and made one from another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, ppi
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid, NotFound
from core.people.models import Person
from helpdesk.bonds import beside, links, queries, services, splitting  # noqa: F401 - one is there for what it registers
from helpdesk.bonds.forms import LinkForm, MakeForm, MergeForm, SplitForm, UndoForm, number_of
from helpdesk.bonds.links import Wanted
from helpdesk.bonds.permissions import Permission
from helpdesk.bonds.rules import LinkKind
from helpdesk.bonds.splitting import Part
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.forms import Once
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import Category, Kind

bp = Blueprint("bonds", __name__, url_prefix="/tickets/<int:ticket_id>")

LONGEST_LABEL = 160


def _at_desk(ticket_id: int, permission: Permission) -> Ticket:
    """A request that this person sees and whose help desk they work at."""
    ticket = tickets.visible_ticket(current_principal(), ticket_id)
    services.permit(_me(), permission, ticket, clock.now())
    return ticket


def _me() -> Person:
    return db.session.get_one(Person, current_principal().person_id)


def _other(typed: str | None, field: str) -> Ticket:
    """The request that somebody named. Raises Invalid for one that is not theirs to see, as for none."""
    try:
        return tickets.visible_ticket(current_principal(), number_of(typed) or 0)
    except NotFound:
        raise Invalid("There is no request of that number.", "Check the number.", field=field) from None


def _handled(form: Once, act: Callable[[], str], page: Callable[[], str]) -> Any:
    """Do what the form says in one unit of work and go where that leads, or show it again with all that was typed."""
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with unit_of_work():
                return redirect(act())
        except (Invalid, Conflict) as error:
            form.refuse(error)
            status = error.status
    return page(), status


def _show(ticket: Ticket, said: str) -> str:
    flash(said, "success")
    return url_for("tickets.show", ticket_id=ticket.id)


@bp.route("/merge-into", methods=["GET", "POST"])
@requires(Permission.MERGE)
def merge(ticket_id: int) -> Any:
    ticket, form = _at_desk(ticket_id, Permission.MERGE), MergeForm(data={"into": request.args.get("number", "")})

    def act() -> str:
        into, key = _other(form.into.data, "into"), form.nonce.data
        row = services.merge(ticket, into, _me(), form.reason.data, clock.now(), nonce=key)
        return _show(row.target, f"#{ticket.id} is part of this request now.")

    def page() -> str:
        alike = queries.alike(ticket, current_principal())
        return render_template("helpdesk/bonds/merge.html", form=form, ticket=ticket, alike=alike)

    return _handled(form, act, page)


@bp.route("/unmerge", methods=["GET", "POST"])
@requires(Permission.MERGE)
def unmerge(ticket_id: int) -> Any:
    ticket, form = _at_desk(ticket_id, Permission.MERGE), UndoForm()

    def act() -> str:
        services.undo(ticket, _me(), form.reason.data, clock.now(), nonce=form.nonce.data)
        return _show(ticket, "This request stands alone again.")

    def page() -> str:
        row = queries.live_merge_of(ticket)
        return render_template("helpdesk/bonds/unmerge.html", form=form, ticket=ticket, merge=row)

    return _handled(form, act, page)


@bp.route("/link", methods=["GET", "POST"])
@requires(Permission.LINK)
def link(ticket_id: int) -> Any:
    ticket, form = _at_desk(ticket_id, Permission.LINK), LinkForm(data={"other": request.args.get("number", "")})

    def act() -> str:
        other = _other(form.other.data, "other")
        links.link(ticket, other, LinkKind(form.kind.data), _me(), clock.now())
        return _show(ticket, f"Linked to #{other.id}.")

    def page() -> str:
        alike = queries.alike(ticket, current_principal())
        return render_template("helpdesk/bonds/link.html", form=form, ticket=ticket, alike=alike)

    return _handled(form, act, page)


@bp.post("/links/<int:link_id>/remove")
@requires(Permission.LINK)
def unlink(ticket_id: int, link_id: int) -> Any:
    ticket = _at_desk(ticket_id, Permission.LINK)
    with unit_of_work():
        links.unlink(ticket, queries.link_of(ticket, link_id, current_principal()), _me(), clock.now())
    return redirect(_show(ticket, "Unlinked."))


@bp.route("/split", methods=["GET", "POST"])
@requires(Permission.SPLIT)
def split(ticket_id: int) -> Any:
    ticket, form = _at_desk(ticket_id, Permission.SPLIT), SplitForm()
    messages = queries.splittable(ticket)
    form.offer(messages, [_label(said) for said in messages])

    def act() -> str:
        part = Part(form.messages.data, form.subject.data, Category(form.category.data), form.nonce.data)
        made = splitting.split(ticket, part, _me(), clock.now())
        return _show(made, f"This was a part of #{ticket.id}.")

    def page() -> str:
        return render_template("helpdesk/bonds/split.html", form=form, ticket=ticket)

    return _handled(form, act, page)


def _label(said: TicketMessage) -> str:
    """Who said it and how it begins, with what looks like a client's data masked."""
    who = said.author.name if said.author else said.address or "Hearthdesk"
    words = " ".join(ppi.mask(said.text).split())
    inside = {Kind.NOTE: " (note)", Kind.VENDOR_IN: " (vendor)", Kind.VENDOR_OUT: " (to the vendor)"}
    gone = f" (in request #{said.split_to_id} already)" if said.split_to_id is not None else ""
    return f"{who}{inside.get(said.kind, '')}{gone}: {words[:LONGEST_LABEL]}{'…' if len(words) > LONGEST_LABEL else ''}"


@bp.route("/make", methods=["GET", "POST"])
@requires(Permission.LINK)
def make(ticket_id: int) -> Any:
    """A new request out of this one, with its subject to begin from."""
    ticket = _at_desk(ticket_id, Permission.LINK)
    form = MakeForm(data={"subject": ticket.subject, "category": Category.ENHANCEMENT.value, "whose": "asker"})

    def act() -> str:
        theirs, category = form.whose.data == "asker", Category(form.category.data)
        wanted = Wanted(form.subject.data, form.text.data, category, theirs, form.nonce.data)
        made = links.make_from(ticket, wanted, _me(), clock.now())
        return _show(made, f"Made from #{ticket.id}.")

    def page() -> str:
        return render_template("helpdesk/bonds/make.html", form=form, ticket=ticket)

    return _handled(form, act, page)
