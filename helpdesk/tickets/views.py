from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, ppi
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.deadlines import deadlines_of
from core.errors import Forbidden, Invalid
from core.files.models import StoredFile
from core.files.services import send, store
from core.paging import page_of
from core.people.models import Agency, Lead, Person
from core.people.services import agencies_of, person_by_email
from core.policy.vocabulary import Tier
from core.ui.nav import Area, NavItem, register
from helpdesk.tickets import api, departures, queries, services, standing  # noqa: F401 - two are there for what they register
from helpdesk.tickets.forms import (
    AssignForm,
    CallerForm,
    MessageForm,
    NewTicketForm,
    NoteForm,
    Once,
    ReasonForm,
    ResolutionForm,
)
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rules import Action, Category, Channel, Kind, Side, State, lasted
from licensing import api as licensing

bp = Blueprint("tickets", __name__, url_prefix="/tickets")

register(NavItem(Area.HELPDESK, "Tickets", "tickets.index", Permission.TICKET_VIEW, order=10))

STATES = {
    State.NEW: ("New", "info"),
    State.OPEN: ("Needs an answer", "warn"),
    State.ANSWERED: ("Answered", "ok"),
    State.WITH_VENDOR: ("Waiting on the vendor", "wait"),
    State.CLOSED: ("Closed", "off"),
    State.DECLINED: ("Declined", "off"),
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
    Category.ACCESS: "Access",
    Category.TRAINING: "Training",
    Category.SECURITY: "Security",
    Category.OTHER: "Other",
}
FORMS: dict[Action, type[Once]] = {
    Action.REPLY: MessageForm,
    Action.ANSWER: MessageForm,
    Action.NOTE: NoteForm,
    Action.FORWARD: ReasonForm,
    Action.HAND_BACK: ReasonForm,
    Action.ASK_VENDOR: NoteForm,
    Action.ASSIGN: AssignForm,
    Action.CLOSE: ResolutionForm,
    Action.DECLINE: ReasonForm,
    Action.REOPEN: ReasonForm,
}

bp.add_app_template_filter(ppi.segments, "segments")


@bp.get("")
@requires(Permission.TICKET_VIEW)
def index() -> Any:
    principal = current_principal()
    view = queries.VIEWS[queries.view_named(request.args)]
    query = queries.queue(principal, request.args)
    return render_template(
        "helpdesk/tickets/index.html",
        page=page_of(query, [Ticket.last_activity_at, Ticket.id], descending=not view.oldest_first),
        views=queries.VIEWS,
        view=queries.view_named(request.args),
        works_here=principal.can(Permission.TICKET_ANSWER),
        state_choices=[(state.value, words) for state, (words, _) in STATES.items()],
        now=clock.now(),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"states": STATES, "tiers": TIERS, "categories": CATEGORIES, "lasted": lasted, "State": State, "Kind": Kind}


# --- a new request -------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.TICKET_OPEN)
def new() -> Any:
    """For oneself; Lead staff write down what a caller asks."""
    principal = current_principal()
    on_behalf = principal.can(Permission.TICKET_OPEN_FOR)
    agencies = [] if on_behalf else agencies_of(principal.person_id, clock.now())
    form = CallerForm() if on_behalf else NewTicketForm()
    form.offer(agencies)
    if form.validate_on_submit():
        try:
            with unit_of_work():
                ticket = _for_caller(principal, form) if on_behalf else _for_oneself(principal, form, agencies)
        except Invalid as error:
            _refused(form, error)
        else:
            flash(f"Request #{ticket.id} is with {TIERS[ticket.tier]}.", "success")
            return redirect(url_for(".show", ticket_id=ticket.id))
    status = 422 if form.errors else 200
    return render_template(
        "helpdesk/tickets/new.html", form=form, on_behalf=on_behalf, has_agency=bool(agencies)
    ), status


def _for_oneself(principal: Principal, form: NewTicketForm, agencies: list[Agency]) -> Ticket:
    person = _me(principal)
    chosen = form.agency.data if "agency" in form else None
    agency = next((a for a in agencies if a.id == chosen), agencies[0])
    return _opened(form, person, person.email, person.name, agency.coc.lead, agency, Channel.WEB)


def _for_caller(principal: Principal, form: CallerForm) -> Ticket:
    """The caller's agency counts when the staff member serves it; anybody else is somebody unknown."""
    caller = person_by_email(form.address.data)
    places = agencies_of(caller.id, clock.now()) if caller else []
    agency = next((a for a in places if principal.can(Permission.TICKET_OPEN_FOR, agency=a)), None)
    known = caller if agency else None
    channel = Channel(form.channel.data)
    by = _me(principal)
    lead = agency.coc.lead if agency else _lead_of(principal)
    return _opened(form, known, form.address.data, known.name if known else form.name.data, lead, agency, channel, by)


def _opened(
    form: NewTicketForm,
    requester: Person | None,
    address: str,
    name: str,
    lead: Lead,
    agency: Agency | None,
    channel: Channel,
    by: Person | None = None,
) -> Ticket:
    return services.open_ticket(
        requester,
        address,
        name,
        form.subject.data,
        form.text.data,
        lead=lead,
        agency=agency,
        channel=channel,
        category=Category(form.category.data),
        at=clock.now(),
        attachments=_stored(form),
        opened_by=by,
        nonce=form.nonce.data,
    )


def _lead_of(principal: Principal) -> Lead:
    """The Lead a staff member works for, wherever their grant holds."""
    grant = next(g for g in principal.grants if g.lead_id is not None)
    return db.session.get_one(Lead, grant.lead_id)


def _stored(form: Any) -> list[StoredFile]:
    return [store(upload.stream, upload.filename) for upload in form.uploads]


def _me(principal: Principal) -> Person:
    return db.session.get_one(Person, principal.person_id)


# --- one ticket ----------------------------------------------------------------------------------


@bp.get("/<int:ticket_id>")
@requires(Permission.TICKET_VIEW)
def show(ticket_id: int) -> Any:
    return _page(queries.visible_ticket(current_principal(), ticket_id))


def _page(ticket: Ticket, form: Once | None = None, action: Action | None = None, revealed: int | None = None) -> Any:
    """The ticket as this person sees it, with the forms of what they may do; `form` is one that was refused."""
    principal, at = current_principal(), clock.now()
    side = standing.side_of_principal(principal, ticket)
    possible = standing.actions_of(principal, ticket, at)
    messages, more = queries.conversation(ticket, internal=side is Side.LEAD, everything=request.args.get("all") == "1")
    forms = {name: FORMS[name](prefix=name, formdata=None) for name in possible}
    if form is not None and action is not None:
        forms[action] = form
    if Action.ASSIGN in forms:
        _offer_people(forms[Action.ASSIGN], ticket, at)
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
        ladder=standing.ladder_of(ticket, at),
        ladder_words=[TIERS[tier] for tier in standing.ladder_of(ticket, at)],
        deadlines=deadlines_of(ticket),
        **_of_licensing(ticket, principal, side, at),
        holders=standing.holders(ticket, at),
        now=at,
        Action=Action,
        Side=Side,
        **_words(),
    )
    return (page, 422) if form is not None else page


def _of_licensing(ticket: Ticket, principal: Principal, side: Side, at: datetime) -> dict[str, Any]:
    """What whoever helps should know of the person who asked, and whether this mail may tell of a departure."""
    if side is Side.REQUESTER:
        return {"licenses": [], "leaving": [], "departure": None, "may_record": False}
    record = licensing.DeparturePermission.RECORD
    return {
        "licenses": _reached(licensing.licenses_in_force(ticket.requester_id or 0, at), ticket, side),
        "leaving": _reached(licensing.departures_to_come(ticket.requester_id or 0), ticket, side),
        "departure": licensing.open_of_ticket(ticket.id),
        "may_record": ticket.channel is Channel.EMAIL
        and principal.can(record, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id),
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


Verb = Callable[[Ticket, Person, Any, datetime], TicketMessage]


def _act(ticket_id: int, action: Action, verb: Verb, done: str) -> Any:
    """Take the form of an action, do it in one unit of work, or show the page again with all that was typed."""
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    form = FORMS[action](prefix=action)
    if isinstance(form, AssignForm):
        form.offer(standing.could_hold(ticket, clock.now()))
    if not form.validate_on_submit():
        _refuse_others(ticket, action)
        return _page(ticket, form, action)
    try:
        with unit_of_work():
            said = verb(ticket, _me(current_principal()), form, clock.now())
    except Invalid as error:
        _refused(form, error)
        return _page(ticket, form, action)
    flash(done, "success")
    return redirect(url_for(".show", ticket_id=ticket.id, _anchor=f"message-{said.id}"))


def _refuse_others(ticket: Ticket, action: Action) -> None:
    """A form that is wrong and not this person's to send is answered like one that is right."""
    if action not in standing.actions_of(current_principal(), ticket, clock.now()):
        raise Forbidden("That is not yours to do here.", "Add a reply instead; whoever has the request sees it.")


def _refused(form: Any, error: Invalid) -> None:
    field = (
        form[error.field]
        if error.field and error.field in form
        else next(f for f in form if f.name.endswith(("text", "reason", "to")))
    )
    field.errors = [*field.errors, f"{error.message} {error.advice}".strip()]


@bp.post("/<int:ticket_id>/reply")
@requires(Permission.TICKET_REPLY)
def reply(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: MessageForm, at: datetime) -> TicketMessage:
        return services.add_reply(
            ticket,
            by,
            by.email,
            form.text.data,
            at=at,
            attachments=_stored(form),
            channel=Channel.WEB,
            nonce=form.nonce.data,
        )

    return _act(ticket_id, Action.REPLY, verb, "Your reply is with whoever has the request.")


@bp.post("/<int:ticket_id>/answer")
@requires(Permission.TICKET_ANSWER)
def answer(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: MessageForm, at: datetime) -> TicketMessage:
        return services.answer(ticket, by, form.text.data, at, attachments=_stored(form), nonce=form.nonce.data)

    return _act(ticket_id, Action.ANSWER, verb, "Your answer is on its way.")


@bp.post("/<int:ticket_id>/note")
@requires(Permission.TICKET_NOTE)
def note(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: NoteForm, at: datetime) -> TicketMessage:
        return services.add_note(ticket, by, form.text.data, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.NOTE, verb, "Noted, for the HMIS Lead only.")


@bp.post("/<int:ticket_id>/forward")
@requires(Permission.TICKET_FORWARD)
def forward(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: ReasonForm, at: datetime) -> TicketMessage:
        return services.forward_up(ticket, by, form.reason.data, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.FORWARD, verb, "The HMIS Lead has it now.")


@bp.post("/<int:ticket_id>/hand-back")
@requires(Permission.TICKET_HAND_BACK)
def hand_back(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: ReasonForm, at: datetime) -> TicketMessage:
        return services.hand_back(ticket, by, form.reason.data, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.HAND_BACK, verb, "Handed back.")


@bp.post("/<int:ticket_id>/ask-vendor")
@requires(Permission.TICKET_VENDOR, Permission.TICKET_FORWARD)
def ask_vendor(ticket_id: int) -> Any:
    """An agency's administrator, who forwards, gets the rule that says no rather than a bare refusal."""

    def verb(ticket: Ticket, by: Person, form: NoteForm, at: datetime) -> TicketMessage:
        return services.to_vendor(ticket, by, form.text.data, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.ASK_VENDOR, verb, "The vendor has been asked, without who asked us.")


@bp.post("/<int:ticket_id>/assign")
@requires(Permission.TICKET_ASSIGN)
def assign(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: AssignForm, at: datetime) -> TicketMessage:
        to = db.session.get(Person, form.to.data) if form.to.data else None
        return services.assign(ticket, by, to, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.ASSIGN, verb, "Assigned.")


@bp.post("/<int:ticket_id>/close")
@requires(Permission.TICKET_CLOSE)
def close(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: ResolutionForm, at: datetime) -> TicketMessage:
        return services.close(ticket, by, form.reason.data, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.CLOSE, verb, "Closed. A reply opens it again.")


@bp.post("/<int:ticket_id>/decline")
@requires(Permission.TICKET_DECLINE)
def decline(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: ReasonForm, at: datetime) -> TicketMessage:
        return services.decline(ticket, by, form.reason.data, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.DECLINE, verb, "Declined, with the reason kept and told.")


@bp.post("/<int:ticket_id>/reopen")
@requires(Permission.TICKET_CLOSE)
def reopen(ticket_id: int) -> Any:
    def verb(ticket: Ticket, by: Person, form: ReasonForm, at: datetime) -> TicketMessage:
        return services.reopen(ticket, by, form.reason.data, at, nonce=form.nonce.data)

    return _act(ticket_id, Action.REOPEN, verb, "Open again.")


# --- what is masked, and files -------------------------------------------------------------------


@bp.post("/<int:ticket_id>/messages/<int:message_id>/reveal")
@requires(Permission.TICKET_REVEAL)
def reveal(ticket_id: int, message_id: int) -> Any:
    """The page once with this message unmasked; that it was looked at is recorded."""
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    _must_reveal(ticket)
    message = queries.message_of(ticket, message_id, internal=True)
    with unit_of_work():
        services.reveal(message)
    return _page(ticket, revealed=message.id)


@bp.get("/<int:ticket_id>/files/<int:file_id>")
@requires(Permission.TICKET_VIEW)
def download(ticket_id: int, file_id: int) -> Any:
    principal = current_principal()
    ticket = queries.visible_ticket(principal, ticket_id)
    row = queries.file_of(ticket, file_id, internal=standing.side_of_principal(principal, ticket) is Side.LEAD)
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
    row = queries.file_of(ticket, file_id, internal=True)
    with unit_of_work():
        services.reveal(row.message)
    return send(row.file)


def _must_reveal(ticket: Ticket) -> None:
    if not standing.may(current_principal(), Permission.TICKET_REVEAL, ticket):
        raise Forbidden("Only the HMIS Lead's staff can show what is hidden.", "Ask the HMIS Lead.")
