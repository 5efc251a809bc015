from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.people.models import Agency, Lead, Person
from core.people.services import agencies_of, person_by_email
from core.policy import Policy
from helpdesk.intake import procedures, queries, rules, services, shown, steps  # noqa: F401 - one is there for what it registers
from helpdesk.intake.forms import AnswersForm, CallerForm, NewTicketForm, StepForm, ask
from helpdesk.intake.services import Asked
from helpdesk.tickets.acts import stored
from helpdesk.tickets.forms import CATEGORIES
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.queries import visible_ticket
from helpdesk.tickets.rules import Category, Channel
from helpdesk.tickets.views import TIERS

bp = Blueprint("intake", __name__)


@dataclass(frozen=True)
class Desk:
    """Where this person's request would go: their agencies, or for Lead staff the Lead they work for."""

    principal: Principal
    at: datetime

    @cached_property
    def is_on_behalf(self) -> bool:
        return self.principal.can(Permission.TICKET_OPEN_FOR)

    @cached_property
    def agencies(self) -> list[Agency]:
        return [] if self.is_on_behalf else agencies_of(self.principal.person_id, self.at)

    def agency(self) -> Agency | None:
        """The one chosen, else the first."""
        chosen = request.form.get("agency", "")
        return next((a for a in self.agencies if str(a.id) == chosen), next(iter(self.agencies), None))

    @cached_property
    def lead(self) -> Lead | None:
        agency = self.agency()
        if agency is not None:
            return agency.coc.lead
        return lead_of(self.principal) if self.is_on_behalf else None

    @cached_property
    def policy(self) -> Policy | None:
        """The community's own; none for a caller, who may be of any."""
        agency = self.agency()
        return queries.policy_on(agency.coc, self.at) if agency else None

    @cached_property
    def offered(self) -> list[Category]:
        if self.policy:
            return rules.offered([self.policy])
        return rules.offered(queries.policies_of(self.lead.id, self.at) if self.lead else [])


@bp.route("/tickets/new", methods=["GET", "POST"])
@requires(Permission.TICKET_OPEN)
def new() -> Any:
    """What somebody needs, then its questions. For oneself; Lead staff write down what a caller asks."""
    desk = Desk(current_principal(), clock.now())
    if request.method == "GET" and request.args.get("category") not in set(Category):
        return _start(desk)
    form = _form(desk)
    if request.method == "GET" or "switch" in request.values:
        return _page(desk, form)
    if not form.validate():
        return _page(desk, form), 422
    try:
        with unit_of_work():
            ticket = services.open_request(_for_caller(desk, form) if desk.is_on_behalf else _own(desk, form), desk.at)
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return _page(desk, form), error.status
    flash(_opened(ticket), "success")
    return redirect(url_for("tickets.show", ticket_id=ticket.id))


def _start(desk: Desk) -> str:
    return render_template(
        "helpdesk/intake/start.html",
        desk=desk,
        is_unknown=bool(request.args.get("category")),
        labels=CATEGORIES,
        procedures=procedures.open_to(desk.principal),
    )


def _form(desk: Desk) -> NewTicketForm:
    wanted = request.values.get("category")
    questions = queries.questions_of(desk.lead.id, Category(wanted)) if desk.lead and wanted in set(Category) else []
    form = ask(CallerForm if desk.is_on_behalf else NewTicketForm, questions)
    if request.method == "GET":
        form.category.data = wanted
    form.offer(desk.agencies)
    form.offer_categories(desk.offered)
    return form


def _page(desk: Desk, form: NewTicketForm) -> str:
    category = form.chosen
    return render_template(
        "helpdesk/tickets/new.html",
        form=form,
        desk=desk,
        merge=merge_so_far(form) if category is Category.DUPLICATE_MERGE else None,
        because=rules.asked_for(desk.policy, category) if category else None,
        breach=procedures.breach_for(desk.principal) if category is Category.SECURITY else None,
    )


def merge_so_far(form: Any) -> rules.Merge | None:
    """Which number stays, as soon as both are there (SON-HD-6)."""
    numbers = [str(form.given.get(key) or "").strip() for key in ("first_case", "second_case")]
    if not all(number.isascii() and number.isdecimal() and len(number) <= 15 for number in numbers):
        return None
    low, high = sorted(map(int, numbers))
    return rules.Merge(low, high, is_here=False) if low != high else None


def _opened(ticket: Ticket) -> str:
    merge = rules.Merge.of(ticket.answers) if ticket.category is Category.DUPLICATE_MERGE else None
    wait = WAITS.get(rules.wait_of(ticket.category, ticket.answers, is_instructed=False))
    more = merge.sentence if merge else wait or ""
    return f"Request #{ticket.id} is with {TIERS[ticket.tier]}. {more}".strip()


WAITS: dict[rules.Wait | None, str] = {
    rules.Wait.WAITING: "Enter nothing before the help desk tells you how.",
    rules.Wait.ENTERED_ALREADY: "Enter no more, and leave what is there as it is, until the help desk tells you how.",
}


def _own(desk: Desk, form: NewTicketForm) -> Asked:
    person, agency = me(desk.principal), desk.agency()
    if agency is None:
        raise Invalid("You work for no agency here.", "Write to the HMIS Lead's help desk by mail.", field="category")
    return _asked(form, person, person.email, person.name, agency.coc.lead, agency, Channel.WEB)


def _for_caller(desk: Desk, form: NewTicketForm) -> Asked:
    """The caller's agency counts when the staff member serves it; anybody else is somebody unknown."""
    known, agency = caller_of(desk.principal, form["address"].data, desk.at)
    lead = agency.coc.lead if agency else lead_of(desk.principal)
    name = known.name if known else form["name"].data
    channel = Channel(form["channel"].data)
    return _asked(form, known, form["address"].data, name, lead, agency, channel, me(desk.principal))


def caller_of(principal: Principal, address: str, at: datetime) -> tuple[Person | None, Agency | None]:
    """Who called, and for which agency that this member of the staff serves; both, or neither."""
    caller = person_by_email(address)
    places = agencies_of(caller.id, at) if caller else []
    agency = next((a for a in places if principal.can(Permission.TICKET_OPEN_FOR, agency=a)), None)
    return (caller, agency) if agency else (None, None)


def _asked(
    form: NewTicketForm,
    requester: Person | None,
    address: str,
    name: str,
    lead: Lead,
    agency: Agency | None,
    channel: Channel,
    by: Person | None = None,
) -> Asked:
    return Asked(
        requester,
        address,
        name,
        form.subject.data or "",
        form.text.data or "",
        lead,
        agency,
        channel,
        Category(form.category.data),
        form.given,
        attachments=stored(form),
        opened_by=by,
        nonce=form.nonce.data,
    )


def lead_of(principal: Principal) -> Lead:
    """The Lead a staff member works for, wherever their grant holds."""
    grant = next(g for g in principal.grants if g.lead_id is not None)
    return db.session.get_one(Lead, grant.lead_id)


def me(principal: Principal) -> Person:
    return db.session.get_one(Person, principal.person_id)


# --- the answers of a ticket ---------------------------------------------------------------------


@bp.route("/tickets/<int:ticket_id>/answers", methods=["GET", "POST"])
@requires(Permission.TICKET_ASSIGN)
def answers(ticket_id: int) -> Any:
    """Put right what it is about and what was answered."""
    ticket = visible_ticket(current_principal(), ticket_id)
    services.must_work_on(ticket, current_principal())
    wanted = request.values.get("category", ticket.category)
    category = Category(wanted) if wanted in set(Category) else None
    form = ask(AnswersForm, services.askable(ticket, category) if category else [])
    form.offer_categories(Category)
    if request.method == "GET":
        form.category.data = wanted
        form.show(ticket.answers)
    if request.method == "GET" or "switch" in request.values:
        return _answers_page(ticket, form)
    if not form.validate():
        return _answers_page(ticket, form), 422

    def change() -> None:
        services.change(
            ticket,
            me(current_principal()),
            Category(form.category.data),
            form.given,
            clock.now(),
            nonce=form.nonce.data,
        )

    return done(
        change, "Changed, and what was different is on the request.", ticket, form, lambda: _answers_page(ticket, form)
    )


def _answers_page(ticket: Ticket, form: AnswersForm) -> str:
    return render_template("helpdesk/intake/answers.html", ticket=ticket, form=form)


def done(change: Callable[[], object], told: str, ticket: Ticket, form: Any, again: Callable[[], str]) -> Any:
    """Do it in one unit of work and lead back to the ticket; or the page again, with what was typed and why not."""
    try:
        with unit_of_work():
            change()
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return again(), error.status
    flash(told, "success")
    return redirect(url_for("tickets.show", ticket_id=ticket.id))


# --- steps of a merge, and instructions ----------------------------------------------------------


@bp.route("/tickets/<int:ticket_id>/confirm-merge", methods=["GET", "POST"])
@requires(Permission.TICKET_NOTE)
def confirm(ticket_id: int) -> Any:
    return _step(
        ticket_id,
        steps.confirm,
        "Kept. The records can be merged now.",
        title="Confirmed with the agency",
        button="Keep that it is confirmed",
        label="Who at the agency confirmed it, and how",
        hint="By case number only, without a client's name.",
        lead="The HMIS Lead merges two records once the agency has said that they are one client's.",
        draft="confirm",
    )


@bp.route("/tickets/<int:ticket_id>/instruction", methods=["GET", "POST"])
@requires(Permission.TICKET_NOTE)
def instruct(ticket_id: int) -> Any:
    return _step(
        ticket_id,
        steps.instruct,
        "The instruction is on its way, and they may enter it now.",
        title="Give the instruction",
        button="Send the instruction",
        label="What they are to do",
        hint="They get it as your answer. Name clients by their client ID only.",
        lead="They enter nothing before they have this.",
        draft="instruct",
    )


def _step(ticket_id: int, verb: Callable[..., object], told: str, **words: str) -> Any:
    ticket, form = visible_ticket(current_principal(), ticket_id), StepForm()

    def page() -> str:
        return render_template("helpdesk/intake/step.html", ticket=ticket, form=form, **words)

    if request.method == "GET":
        return page()
    if not form.validate():
        return page(), 422

    def change() -> None:
        verb(ticket, me(current_principal()), form.text.data, clock.now(), nonce=form.nonce.data)

    return done(change, told, ticket, form, page)


@bp.post("/tickets/<int:ticket_id>/merge")
@requires(Permission.TICKET_ANSWER)
def merge(ticket_id: int) -> Any:
    ticket = visible_ticket(current_principal(), ticket_id)
    with unit_of_work():
        steps.merge(ticket, me(current_principal()), clock.now(), nonce=request.form.get("nonce", "")[:64] or None)
    flash("Merged, and the request is closed.", "success")
    return redirect(url_for("tickets.show", ticket_id=ticket.id))
