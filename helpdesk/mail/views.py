from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, func, select

from core import ppi
from core.authz import Role, current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.paging import page_of
from core.people.models import CoC
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.mail import checks, owners, services, shown  # noqa: F401 - two are there for what they register
from helpdesk.mail.charsets import decode
from helpdesk.mail.forms import ByHandForm
from helpdesk.mail.models import IS_MUTED, AutoReply, InboundMessage, InboundState
from helpdesk.mail.permissions import Permission as P

bp = Blueprint("mail", __name__, url_prefix="/mail")

register(NavItem(Area.HELPDESK, "Quarantine", "mail.index", P.QUARANTINE, order=30, group=Group.WORK))

SHOWN = 20_000
MANY = 100


def _in_reach() -> Select[InboundMessage]:
    """Quarantined mail of the Leads one works for; a CoC's manager works for its Lead here."""
    scope = current_principal().scope(P.QUARANTINE)
    of_cocs = db.session.scalars(select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids)))
    mine = owners.belongs_to({*scope.lead_ids, *of_cocs})
    return select(InboundMessage).where(InboundMessage.state == InboundState.QUARANTINED, mine)


def _visible(message_id: int, *, lock: bool = False) -> InboundMessage:
    query = _in_reach().where(InboundMessage.id == message_id)
    row: InboundMessage = found(db.session.scalar(query.with_for_update() if lock else query))
    return row


@bp.get("/quarantine")
@requires(P.QUARANTINE)
def index() -> Any:
    page = page_of(_in_reach(), [InboundMessage.id], descending=True)
    counted = _of_nobody() if Role.LEAD_ADMIN in current_principal().roles else None
    return render_template("helpdesk/mail/index.html", page=page, mask=ppi.mask, of_nobody=counted, many=MANY)


def _of_nobody() -> int:
    """How many messages for no known office wait, counted to MANY at most."""
    waiting = select(InboundMessage.id).where(owners.of_nobody()).limit(MANY)
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


@bp.get("/automatic-replies")
@requires(P.QUARANTINE)
def auto_replies() -> Any:
    """What went out by itself, and where it was held back so that two machines do not answer each other."""
    query = select(AutoReply).where(current_principal().scope(P.QUARANTINE).where(AutoReply))
    only_muted = request.args.get("shown") == "muted"
    page = page_of(query.where(IS_MUTED) if only_muted else query, [AutoReply.id], descending=True)
    return render_template("helpdesk/mail/auto_replies.html", page=page, only_muted=only_muted)


@bp.get("/quarantine/<int:message_id>")
@requires(P.QUARANTINE)
def show(message_id: int) -> Any:
    return _page(_visible(message_id), ByHandForm())


@bp.post("/quarantine/<int:message_id>/again")
@requires(P.QUARANTINE)
def again(message_id: int) -> Any:
    outcome = services.try_again(_visible(message_id))
    if outcome.outcome == "quarantined":
        flash(f"It cannot be read yet: {outcome.reason}", "warning")
        return redirect(url_for(".show", message_id=message_id))
    flash(f"It was read: {outcome.outcome}.", "success")
    return redirect(url_for("tickets.show", ticket_id=outcome.ticket) if outcome.ticket else url_for(".index"))


@bp.post("/quarantine/<int:message_id>/ticket")
@requires(P.QUARANTINE)
def by_hand(message_id: int) -> Any:
    form = ByHandForm()
    row = _visible(message_id)
    if not form.validate():
        return _page(row, form), 422
    try:
        with unit_of_work():
            ticket_id = services.make_ticket(
                _visible(message_id, lock=True), form.sender.data, form.subject.data, form.text.data
            )
    except DomainError as error:
        form.text.errors = [*form.text.errors, f"{error.message} {error.advice}".strip()]
        return _page(row, form), error.status
    flash(f"Request #{ticket_id} was made from it.", "success")
    return redirect(url_for("tickets.show", ticket_id=ticket_id))


def _page(row: InboundMessage, form: ByHandForm) -> str:
    if not form.is_submitted():
        form.sender.data, form.subject.data = row.from_address, ppi.mask(row.subject)
    source = ppi.mask(decode(row.raw[:SHOWN]))
    return render_template(
        "helpdesk/mail/show.html",
        row=row,
        form=form,
        source=source,
        cut=row.size > SHOWN,
        subject=ppi.mask(row.subject),
    )
