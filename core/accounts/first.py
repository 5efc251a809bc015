"""The first set-up: an HMIS Lead, its first CoC, and the administrator who adds everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import available_timezones

from sqlalchemy import func, select, text

from core.accounts import services
from core.audit import record
from core.db import db
from core.errors import Conflict, Invalid
from core.people.addresses import usable
from core.people.models import CoC, Lead, LeadStaff, Person, StaffRole
from core.people.services import person_by_email
from core.policy import PolicyError, UnknownName, catalog

Row = TypeVar("Row", Lead, CoC, Person, LeadStaff)

CODE = re.compile(r"[A-Z]{2}-[0-9]{3}")
ONE_AT_A_TIME = 4_210_002


@dataclass(frozen=True)
class FirstSetUp:
    """`lead` and `coc_name` are names, `coc` is HUD's code (MO-500), `pack` the policy pack that governs it."""

    lead: str
    tz: str
    support_address: str
    coc: str
    coc_name: str
    pack: str
    admin_name: str
    admin_email: str


def set_up(asked: FirstSetUp, at: datetime) -> str:
    """All of it, inside the unit of work under way; returns the link with which the administrator begins.

    Raises Invalid for what cannot be used, Conflict for a Lead, CoC or person that is there already.
    """
    asked = _checked(_tidy(asked), at)
    db.session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": ONE_AT_A_TIME})
    _refuse_second(asked)
    lead = _saved(Lead(name=asked.lead, tz=asked.tz, support_address=asked.support_address))
    record("lead.added", lead, lead_id=lead.id, data={"name": lead.name})
    coc = _saved(CoC(lead_id=lead.id, code=asked.coc, name=asked.coc_name, pack=asked.pack, tz=asked.tz))
    record("coc.added", coc, data={"code": coc.code, "pack": coc.pack})
    return services.invite_with_link(_administrator(asked, lead, at), at)


def _tidy(asked: FirstSetUp) -> FirstSetUp:
    """Blanks collapsed, the CoC's code in capitals."""
    tidy = {name: " ".join(value.split()) for name, value in vars(asked).items()}
    return replace(asked, **{**tidy, "coc": tidy["coc"].upper()})


def _checked(asked: FirstSetUp, at: datetime) -> FirstSetUp:
    for name, value in vars(asked).items():
        if not value or len(value) > 250 or not value.isprintable():
            raise Invalid(f"The {name.replace('_', ' ')} is empty, too long or not plain text.", field=name)
    told = {name: usable(getattr(asked, name), name) for name in ("support_address", "admin_email")}
    if asked.tz not in available_timezones():
        raise Invalid(f"There is no time zone {asked.tz}.", "Give one such as America/Chicago.", "tz")
    if not CODE.fullmatch(asked.coc):
        raise Invalid(f"{asked.coc} is no CoC code.", "Give HUD's, such as MO-500.", "coc")
    _check_pack(asked.pack, at)
    return replace(asked, **told)


def _check_pack(pack: str, at: datetime) -> None:
    try:
        catalog.in_force(pack, at.date())
    except UnknownName as error:
        raise Invalid(
            f"There is no policy pack {pack}.", f"Use one of {', '.join(catalog.packs())}.", "pack"
        ) from error
    except PolicyError as error:
        raise Invalid(f"The {pack} pack cannot be used: {error}", field="pack") from error


def _refuse_second(asked: FirstSetUp) -> None:
    """What is there is never changed from here."""
    taken = {
        f"the Lead {asked.lead}": select(Lead.id).where(func.lower(Lead.name) == asked.lead.lower()),
        f"the CoC {asked.coc}": select(CoC.id).where(CoC.code == asked.coc),
        f"a Lead with the address {asked.support_address}": select(Lead.id).where(
            func.lower(Lead.support_address) == asked.support_address.lower()
        ),
    }
    there = [what for what, query in taken.items() if db.session.scalar(query.limit(1)) is not None]
    if person_by_email(asked.admin_email):
        there.append(f"a person with the address {asked.admin_email}")
    if there:
        raise Conflict(f"There is already {' and '.join(there)}; nothing was changed.")


def _administrator(asked: FirstSetUp, lead: Lead, at: datetime) -> Person:
    person = _saved(Person(name=asked.admin_name, email=asked.admin_email, created_at=at))
    record("person.added", person, lead_id=lead.id)
    role = LeadStaff(lead_id=lead.id, person_id=person.id, role=StaffRole.ADMIN, skills=[], started_on=at.date())
    record("staff.appointed", _saved(role), data={"person_id": person.id, "role": role.role})
    return person


def _saved(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    return row
