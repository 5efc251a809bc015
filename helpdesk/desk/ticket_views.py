"""What the desk adds to one ticket: a preview, macros, tags, time, watchers, drafts and who looks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.people.models import Person
from helpdesk.desk import keeping, macros, queries, rules, services
from helpdesk.desk.asked import form_key, number
from helpdesk.desk.blueprint import bp
from helpdesk.desk.models import Draft, Macro, Mention, TimeSpent, Watcher
from helpdesk.desk.permissions import Permission
from helpdesk.desk.queries import Kept
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets
from helpdesk.tickets.rules import Side, lasted
from helpdesk.tickets.standing import side_of_principal

PREVIEWED = 5


@bp.get("/desk/tickets/<int:ticket_id>/preview")
@requires(Permission.USE)
def preview(ticket_id: int) -> Any:
    """The newest of a ticket, for the pane beside the queue."""
    ticket = _at_desk(ticket_id)
    messages, more = tickets.conversation(ticket, Side.LEAD)
    newest = messages[-PREVIEWED:]
    return render_template(
        "helpdesk/desk/preview.html",
        ticket=ticket,
        messages=newest,
        more=more or len(messages) > PREVIEWED,
        lasted=lasted,
        now=clock.now(),
    )


def _at_desk(ticket_id: int) -> Ticket:
    """A ticket that this person sees and whose help desk they work at."""
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    services.permit(principal, ticket)
    return ticket


def _back(ticket: Ticket, said: str = "") -> Any:
    if said:
        flash(said, "success")
    return redirect(url_for("tickets.show", ticket_id=ticket.id, _anchor="desk"))


def _do(ticket_id: int, verb: Callable[[Ticket], None], said: str = "") -> Any:
    ticket = tickets.visible_ticket(current_principal(), ticket_id)
    with unit_of_work():
        verb(ticket)
    return _back(ticket, said)


@bp.post("/desk/tickets/<int:ticket_id>/tags")
@requires(Permission.USE)
def tag(ticket_id: int) -> Any:
    principal, typed = current_principal(), request.form.get("tag", "").replace("\0", "")[:300]
    gone = request.form.get("remove", "").replace("\0", "")[:80]

    def change(ticket: Ticket) -> None:
        if gone:
            services.remove_tag(ticket, principal, gone)
        else:
            services.add_tag(ticket, principal, typed, clock.now())

    return _do(ticket_id, change)


@bp.post("/desk/tickets/<int:ticket_id>/time")
@requires(Permission.USE)
def spend(ticket_id: int) -> Any:
    minutes, principal = number(request.form.get("minutes", "")), current_principal()
    return _do(
        ticket_id,
        lambda ticket: services.spend(ticket, principal, minutes, clock.now(), nonce=form_key()),
        f"{rules.minutes_said(minutes)} noted.",
    )


@bp.post("/desk/tickets/<int:ticket_id>/watchers")
@requires(OfTickets.TICKET_VIEW)
def watch(ticket_id: int) -> Any:
    """Oneself, or by the help desk somebody else; `remove` takes off."""
    principal = current_principal()
    wanted = number(request.form.get("person", "")) or principal.person_id
    gone = number(request.form.get("remove", ""))

    def change(ticket: Ticket) -> None:
        if gone:
            services.unwatch(ticket, principal, gone)
        else:
            if wanted != principal.person_id:
                services.permit(principal, ticket)
            services.watch(ticket, principal, found(db.session.get(Person, wanted)), clock.now())

    return _do(ticket_id, change)


@bp.post("/desk/tickets/<int:ticket_id>/mention")
@requires(Permission.USE)
def seen(ticket_id: int) -> Any:
    me = current_principal().person_id
    return _do(ticket_id, lambda ticket: services.saw_mention(ticket.id, me, clock.now()))


@bp.post("/desk/tickets/<int:ticket_id>/draft")
@requires(OfTickets.TICKET_VIEW)
def draft(ticket_id: int) -> Any:
    """The words of a box as they stand; what comes back is put beside it."""
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    box = request.args.get("box", "")
    forget = "forget" in request.form
    text = "" if forget else request.form.get(f"{box}-text", "").replace("\0", "")
    with unit_of_work():
        said = keeping.keep_draft(ticket, principal, box, text, clock.now())
    return _back(ticket) if forget else said


@bp.post("/desk/tickets/<int:ticket_id>/presence")
@requires(OfTickets.TICKET_ANSWER)
def presence(ticket_id: int) -> Any:
    """I am here; who else is."""
    principal, now = current_principal(), clock.now()
    ticket = tickets.visible_ticket(principal, ticket_id)
    if side_of_principal(principal, ticket) is Side.REQUESTER:
        return ""
    with unit_of_work():
        services.look(ticket, principal, now)
    others = queries.others_here(ticket.id, principal.person_id, now)
    return render_template("helpdesk/desk/_presence.html", others=others, whole=ticket.merged_into_id)


@bp.get("/desk/tickets/<int:ticket_id>/macro")
@requires(Permission.USE)
def plan(ticket_id: int) -> Any:
    """What a macro will do here, before it is done."""
    ticket = _at_desk(ticket_id)
    wanted = number(request.args.get("macro", ""))
    return _plan_page(ticket, queries.visible_macro(current_principal(), wanted))


def _plan_page(ticket: Ticket, row: Macro) -> str:
    return render_template(
        "helpdesk/desk/plan.html",
        ticket=ticket,
        macro=row,
        plan=macros.plan_of(row, ticket, current_principal()),
        nonce=secrets.token_urlsafe(16),
    )


@bp.post("/desk/tickets/<int:ticket_id>/macro")
@requires(Permission.USE)
def run(ticket_id: int) -> Any:
    ticket = _at_desk(ticket_id)
    row = queries.visible_macro(current_principal(), number(request.form.get("macro", "")))
    me = db.session.get_one(Person, current_principal().person_id)
    with unit_of_work():
        macros.run(row, ticket, me, clock.now(), nonce=form_key())
    return _back(ticket, f"Done: {row.name}.")


@dataclass(frozen=True)
class Desk:
    """What stands beside a ticket. `works_here` is the help desk; others get what is their own."""

    ticket_id: int
    works_here: bool
    answers: bool
    drafts: dict[str, Draft]
    watches: bool
    watchers: list[Watcher]
    could_watch: list[Kept]
    tags: list[str]
    time: list[TimeSpent]
    macros: list[Kept]
    mention: Mention | None
    nonce: str

    @property
    def total(self) -> str:
        return rules.minutes_said(sum(row.minutes for row in self.time))

    def keeping(self, box: str) -> dict[str, str]:
        """What makes a box keep its words on the server a moment after they were typed."""
        return {
            "hx-post": url_for("desk.draft", ticket_id=self.ticket_id, box=box),
            "hx-trigger": "input changed delay:2s",
            "hx-target": f"#draft-{box}",
            "hx-params": f"{box}-text",
            "hx-sync": "closest form:abort",
        }


@bp.app_template_global()
def desk_of(ticket: Ticket, forms: Mapping[str, Any], tried: str | None, there: frozenset[str]) -> Desk:
    """The desk beside a ticket; drafts are put back into the boxes, except into one that was just refused."""
    principal = current_principal()
    drafts = queries.drafts_of(principal.person_id, ticket.id) if "drafts" in there else {}
    for box, kept in drafts.items():
        if box in forms and box != tried:
            forms[box].text.data = kept.text
    here = principal.can(Permission.USE, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id)
    watchers = queries.watchers_of(ticket.id) if "watchers" in there else []
    people, kept_macros = queries.at_hand_on(ticket, principal, clock.now()) if here else ([], [])
    watching = {row.person_id for row in watchers} | {principal.person_id}
    return Desk(
        ticket_id=ticket.id,
        works_here=here,
        answers=side_of_principal(principal, ticket) is not Side.REQUESTER and principal.can(OfTickets.TICKET_ANSWER),
        drafts={box: kept for box, kept in drafts.items() if box != tried},
        watches=any(row.person_id == principal.person_id for row in watchers),
        watchers=watchers if here else [],
        could_watch=[person for person in people if person.id not in watching],
        tags=queries.tags_of([ticket.id]).get(ticket.id, []) if here and "tags" in there else [],
        time=queries.time_of(ticket.id) if here and there & {"time", "merges"} else [],
        macros=kept_macros,
        mention=queries.unseen_mention(principal, ticket.id) if here and "mention" in there else None,
        nonce=secrets.token_urlsafe(16),
    )
