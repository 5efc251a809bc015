"""The acts on a case that each are a form with a few words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Conflict, Forbidden, Invalid
from core.people.models import Person
from helpdesk.vendor import queries, services
from helpdesk.vendor.blueprint import bp
from helpdesk.vendor.models import VendorCase
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rules import Act
from helpdesk.vendor.shown import FORMS, case_page, me

Change = Callable[[VendorCase, Person, Any, datetime], object]


def act(case_id: int, key: str, form: Any, done: str, change: Change) -> Any:
    """One change in one unit of work, or the page again with what was typed."""
    case = queries.visible_case(current_principal(), case_id)
    if not form.validate():
        return case_page(case, (key, form)), 422
    try:
        with unit_of_work():
            change(case, me(), form, clock.now())
    except (Invalid, Conflict) as error:
        db.session.rollback()
        form.refuse(error)
        return case_page(queries.visible_case(current_principal(), case_id), (key, form)), error.status
    flash(done, "success")
    return redirect(url_for("vendor.show", case_id=case_id))


def _plain(verb: Callable[..., object]) -> Change:
    def change(case: VendorCase, by: Person, form: Any, at: datetime) -> object:
        return verb(case, form.reason.data or "", by, at, nonce=form.nonce.data)

    return change


def _dated(verb: Callable[..., object]) -> Change:
    def change(case: VendorCase, by: Person, form: Any, at: datetime) -> object:
        return verb(case, form.reason.data or "", form.again_on.data, by, at, nonce=form.nonce.data)

    return change


def _escalate(case: VendorCase, by: Person, form: Any, at: datetime) -> object:
    contact = queries.contact_of(case.lead_id, form.contact.data)
    return services.escalate(case, contact, form.reason.data or "", by, at, nonce=form.nonce.data)


DEEDS: dict[Act, tuple[Change, str]] = {
    Act.NOTE: (_plain(services.add_note), "Noted."),
    Act.CONTACT: (_dated(services.log_contact), "Kept. The vendor has the move."),
    Act.AGAIN_ON: (_dated(services.set_next), "The next contact is set."),
    Act.FIXED: (_plain(services.says_fixed), "Kept. See for yourself, then confirm it."),
    Act.CONFIRM: (_plain(services.confirm), "Confirmed. Tell everybody who waits for it."),
    Act.ESCALATE: (_escalate, "Somebody else at the vendor has it. Write to them now."),
    Act.RAISE: (_plain(services.put_up), "Those who decide have been told."),
    Act.UNRESOLVED: (_plain(services.give_up), "Closed unresolved, with what was decided."),
    Act.TAKE: (_plain(services.take_over), "You keep the case now."),
    Act.REOPEN: (_plain(services.reopen), "Open again."),
}


def _act_on(case_id: int, name: Act) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    form = FORMS[name](prefix=name)
    if name is Act.ESCALATE:
        form.offer(queries.contacts_of(case.lead_id), None)
    if name is Act.UNRESOLVED and not current_principal().can(Permission.DECIDE):
        raise Forbidden("Managers and administrators of the HMIS Lead decide on this.", "Put it before them.")
    change, done = DEEDS[name]
    return act(case_id, name, form, done, change)


def _view_of(name: Act) -> Any:
    def view(case_id: int) -> Any:
        return _act_on(case_id, name)

    return requires(Permission.DECIDE if name is Act.UNRESOLVED else Permission.WORK)(view)


for _name in DEEDS:
    bp.add_url_rule(
        f"/vendor-cases/<int:case_id>/{_name}", str(_name).replace("-", "_"), _view_of(_name), methods=["POST"]
    )
