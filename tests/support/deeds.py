"""Deeds that tests/core/test_killed.py has killed half way: each as a form would do it, with the form's own key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.outbox import drain
from core.people.models import CoC, Person
from helpdesk.bonds import services as bonds
from helpdesk.surveys import services as surveys
from helpdesk.surveys.models import Survey
from helpdesk.surveys.rules import State
from helpdesk.tickets.models import Ticket
from helpdesk.vendor import broadcasts
from helpdesk.vendor.models import VendorCase
from helpdesk.vendor.rules import Then
from licensing.billing.invoices import running
from licensing.billing.invoices.models import InvoiceRun
from licensing.imports.cli import bring


def merge(told: dict[str, Any]) -> None:
    at = datetime.fromisoformat(told["at"])
    with clock.frozen(at), unit_of_work():
        source, into = (db.session.get_one(Ticket, told[name]) for name in ("source", "into"))
        by = db.session.get_one(Person, told["by"])
        bonds.merge(source, into, by, "The same matter.", at, nonce=told["key"])


def open_survey(told: dict[str, Any]) -> None:
    """A second click on an open survey is refused; here it is the first that got through."""
    at = datetime.fromisoformat(told["at"])
    with clock.frozen(at), unit_of_work():
        row = db.session.get_one(Survey, told["survey"], with_for_update=True)
        if row.state is State.DRAFT:
            surveys.open_survey(row, at)


def tell_everybody(told: dict[str, Any]) -> None:
    at = datetime.fromisoformat(told["at"])
    update = broadcasts.Update("Saving works again.", Then.ANSWERED)
    with clock.frozen(at):
        with unit_of_work():
            case = db.session.get_one(VendorCase, told["case"])
            by = db.session.get_one(Person, told["by"])
            broadcasts.begin(case, update, by, at, nonce=told["key"])
        broadcasts.tell_on()


def send_mail(told: dict[str, Any]) -> None:
    with clock.frozen(datetime.fromisoformat(told["at"])):
        drain()


def bring_office(told: dict[str, Any]) -> None:
    """As `hearthdesk licenses import --commit` does it, again and again the same files."""
    at = datetime.fromisoformat(told["at"])
    with clock.frozen(at):
        done = bring(tuple(Path(path) for path in told["files"]), told["by"], commit=True)
    assert done["problems"] == []


def run_invoices(told: dict[str, Any]) -> None:
    """A yearly run, counted and issued, two agencies at a time; as often as it is begun, it is the same run."""
    at = datetime.fromisoformat(told["at"])
    with clock.frozen(at), patch.multiple(running, AGENCIES=2, INVOICES=2):
        with unit_of_work():
            by = principal_for(db.session.get_one(Person, told["by"]), at)
            number = running.begin(db.session.get_one(CoC, told["coc"]), 2026, by, at, told["key"]).id
        running.work(number)
        with unit_of_work():
            running.issue(db.session.get_one(InvoiceRun, number, with_for_update=True), by, at)
        running.work(number)
