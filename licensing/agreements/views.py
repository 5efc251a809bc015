"""Agreements: who has signed what and who has not, one with its history, and what one has to sign oneself."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for

from core import clock, markdown, sheets
from core.agreeing import INTENT
from core.authz import current_principal, found, requires, signed_in
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Unavailable
from core.paging import page_of
from core.people.models import Lead
from core.printing import pdf_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone
from licensing.agreements import queries, rules, services
from licensing.agreements.forms import CountersignForm, ReasonForm, SignForm
from licensing.agreements.models import Agreement
from licensing.agreements.permissions import Permission
from licensing.agreements.rules import KIND_WORDS, State
from licensing.agreements.services import Signing

bp = Blueprint("agreements", __name__)

register(NavItem(Area.LICENSING, "Things to sign", "agreements.to_sign", order=15))
register(NavItem(Area.LICENSING, "Agreements", "agreements.index", Permission.VIEW, order=40))
register(NavItem(Area.LICENSING, "Documents", "agreements.documents", Permission.WRITE, order=45))
HEADER = (
    "Document", "Version", "Kind", "Agency", "Person", "Acts for", "State", "Sent", "Due", "Signed by", "Signed",
    "Countersigned by", "Countersigned", "In force from", "Ends", "Over", "Because", "SHA-256 of the text",
)  # fmt: skip
FILTERS = ("state", "kind", "document", "agency", "age")


@bp.get("/agreements")
@requires(Permission.VIEW)
def index() -> Any:
    principal, asked = current_principal(), _asked()
    page = page_of(queries.agreements(principal, asked, clock.now()), [Agreement.id], descending=True)
    states = [("missing", "Not signed"), ("late", "Not signed, late"), ("to-countersign", "To countersign")]
    states += [(one.value, words) for one, words in queries.STATES.items() if one is not State.SENT]
    return render_template(
        "licensing/agreements/index.html",
        page=page,
        asked=asked,
        states=states,
        words=queries.STATES,
        kinds=[(kind.value, words) for kind, words in KIND_WORDS.items()],
        ages=list(queries.AGES.items()),
        now=clock.now(),
    )


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").replace("\0", "")[:80] for name in FILTERS}


@bp.get("/agreements.<form>")
@requires(Permission.VIEW)
def file(form: str) -> Any:
    """What the list shows, to take away."""
    found(form if form in sheets.FORMS else None)
    lines = queries.lines_of(queries.agreements(current_principal(), _asked(), clock.now()))
    return sheets.download("agreements", form, HEADER, lines, viewer_zone())


@bp.get("/agreements/to-sign")
@signed_in
def to_sign() -> Any:
    principal = current_principal()
    return render_template(
        "licensing/agreements/to_sign.html",
        rows=queries.mine_to_sign(principal, clock.now()),
        signed=queries.mine_signed(principal),
        words=queries.STATES,
    )


@bp.get("/agreements/<int:agreement_id>")
@signed_in
def show(agreement_id: int) -> Any:
    return _show(queries.visible_agreement(current_principal(), agreement_id))


def _show(row: Agreement, form: Any = None, act: str = "") -> str:
    """The text, who signed it, and a form for what this person can do. `form` is one that came back for `act`."""
    principal, at = current_principal(), clock.now()
    may_countersign = row.state is State.SIGNED and principal.can(Permission.COUNTERSIGN, agency=row.agency)
    may_end = row.state in (State.SENT, State.SIGNED, State.COUNTERSIGNED)
    return render_template(
        "licensing/agreements/show.html",
        row=row,
        html=markdown.to_html(row.version.body),
        words=queries.STATES,
        kind=KIND_WORDS[row.kind],
        in_force=row.is_in_force(at),
        may_sign=services.may_sign(row, principal, at),
        may_countersign=may_countersign,
        wants_countersign=rules.needs_countersignature(row.kind, services.policy_of(row)),
        may_end=may_end and principal.can(Permission.WRITE, agency=row.agency),
        signers=services.signers_of(row, at) if row.state is State.SENT else [],
        clocks=services.clocks_of(row),
        intent=INTENT,
        name=principal.name,
        sign_form=form if act == "sign" else SignForm(formdata=None).fresh(),
        countersign_form=form if act == "countersign" else CountersignForm(formdata=None).fresh(),
        reason_form=form if act == "end" else ReasonForm(formdata=None).fresh(),
        lead=db.session.get_one(Lead, row.lead_id),
    )


def _with(
    agreement_id: int, form: Any, act: str, permission: Permission | None, verb: Callable[[Agreement], None]
) -> Any:
    """Run one change; on an error the page comes back with what was typed."""
    principal = current_principal()
    row = queries.visible_agreement(principal, agreement_id)
    if permission and not principal.can(permission, agency=row.agency):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
    if not form.validate():
        return _show(row, form, act), 422
    try:
        with unit_of_work():
            verb(queries.visible_agreement(principal, agreement_id, lock=True))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        put_error(form, error)
        return _show(queries.visible_agreement(principal, agreement_id), form, act), error.status
    return redirect(url_for(".show", agreement_id=agreement_id))


def _signing(form: Any) -> Signing:
    ticked = getattr(form, "ticked", None)
    return Signing(tuple(ticked.data or ()) if ticked else (), form.name.data or "", request.remote_addr or "")


@bp.post("/agreements/<int:agreement_id>/sign")
@signed_in
def sign(agreement_id: int) -> Any:
    form, by = SignForm(), current_principal()
    return _with(
        agreement_id, form, "sign", None, lambda row: services.sign(row, _signing(form), by, clock.now())
    )  # fmt: skip


@bp.post("/agreements/<int:agreement_id>/countersign")
@requires(Permission.COUNTERSIGN)
def countersign(agreement_id: int) -> Any:
    form, by = CountersignForm(), current_principal()
    return _with(
        agreement_id, form, "countersign", Permission.COUNTERSIGN,
        lambda row: services.countersign(row, _signing(form), by, clock.now()),
    )  # fmt: skip


@bp.post("/agreements/<int:agreement_id>/end")
@requires(Permission.WRITE)
def end(agreement_id: int) -> Any:
    """Revoke what was signed; withdraw what was only sent."""
    form, by = ReasonForm(), current_principal()

    def verb(row: Agreement) -> None:
        if row.state is State.SENT:
            services.withdraw(row, form.reason.data or "", clock.now())
        else:
            services.revoke(row, form.reason.data or "", by, clock.now())

    return _with(agreement_id, form, "end", Permission.WRITE, verb)


@bp.get("/agreements/<int:agreement_id>.pdf")
@signed_in
def pdf(agreement_id: int) -> Any:
    """The exact text with its signature page, tagged for screen readers."""
    row = queries.visible_agreement(current_principal(), agreement_id)
    html = render_template(
        "licensing/agreements/printed.html",
        row=row,
        html=markdown.to_html(row.version.body),
        words=queries.STATES,
        lead=db.session.get_one(Lead, row.lead_id),
    )
    try:
        made = pdf_of(html, Path(current_app.static_folder or "") / "agreement.css")
    except Unavailable as error:
        flash(f"{error.message} {error.advice}", "error")
        return redirect(url_for(".show", agreement_id=row.id))
    return send_file(io.BytesIO(made), "application/pdf", download_name=f"agreement-{row.id}.pdf")


from licensing.agreements import clocks, coordinated_views, document_views, joining, training  # noqa: E402, F401 - they register on what is above
