"""`hearthdesk invoices`: the yearly run from the command line."""

from __future__ import annotations

import json
from typing import Any

import click

from core.running.attach import attached_app


@click.group()
def invoices() -> None:
    """Invoices of license fees."""


@invoices.command("run")
@click.option("--coc", required=True, metavar="CODE", help="The CoC, such as VT-500.")
@click.option("--year", required=True, type=int, help="The year in which the billing year begins.")
@click.option("--fund", default="", metavar="NAME", help="The fund that the invoices belong to in the books.")
@click.option("--by", required=True, metavar="EMAIL", help="Who runs it: a manager of the CoC, or an administrator.")
@click.option("--issue", is_flag=True, help="Issue what was counted. Without this, drafts are made to look over.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def run(coc: str, year: int, fund: str, by: str, issue: bool, as_json: bool) -> None:
    """Count the invoices of a CoC for a billing year, and with --issue issue them. Again is safe: a run that is there
    is taken up where it stands, and one that is done stays as it is."""
    from core.errors import DomainError

    with attached_app():
        try:
            told = bill(coc, year, by, issue=issue, fund=fund)
        except DomainError as error:
            raise click.ClickException(f"{error.message} {error.advice}") from error
    click.echo(json.dumps(told) if as_json else _words(told))


def bill(code: str, year: int, by: str, *, issue: bool, fund: str = "") -> dict[str, Any]:
    """The run as it stands afterwards. Raises ClickException for who may not, and what a run is refused for."""
    from sqlalchemy import select

    from core import clock
    from core.audit import acting_as
    from core.authz import principal_for
    from core.db import db, unit_of_work
    from core.people.models import CoC
    from core.people.services import person_by_email
    from licensing.access.ground import policy_in_force
    from licensing.billing.fees.years import year_beginning
    from licensing.billing.invoices import running
    from licensing.billing.invoices.models import InvoiceRun, RunState
    from licensing.billing.permissions import Permission

    person, coc = person_by_email(by), db.session.scalar(select(CoC).where(CoC.code == code))
    principal = principal_for(person, clock.now()) if person else None
    if coc is None:
        raise click.ClickException(f"There is no CoC {code} here.")
    if principal is None or not principal.can(Permission.INVOICE, coc=coc):
        raise click.ClickException(f"{by} may not bill {code}.")
    first = year_beginning(policy_in_force(coc, clock.now()), year).first_day
    there = select(InvoiceRun).where(InvoiceRun.coc_id == coc.id, InvoiceRun.first_day == first)
    row = db.session.scalar(there.where(InvoiceRun.state != RunState.DROPPED))
    with acting_as(principal.name, principal.person_id):
        if row is None:
            with unit_of_work():
                once = f"cli-{coc.id}-{year}-{clock.now().isoformat()}"
                row = running.begin(coc, year, principal, clock.now(), once, fund[:40])
        number = row.id
        running.work(number)
        if issue:
            with unit_of_work() as session:
                row = session.get_one(InvoiceRun, number, with_for_update=True, populate_existing=True)
                running.issue(row, principal, clock.now())
            running.work(number)
    row = db.session.get_one(InvoiceRun, number, populate_existing=True)
    names = ("id", "drafts", "drafted_cents", "issued", "issued_cents")
    return {"coc": code, "state": str(row.state), **{name: getattr(row, name) for name in names}}


def _words(told: dict[str, Any]) -> str:
    from core.money import dollars

    counted = f"{told['coc']}: {told['drafts']} invoices, {dollars(told['drafted_cents'])}, {told['state']}."
    if told["state"] == "done":
        return f"{counted} {told['issued']} are issued."
    return f"{counted} Look them over on the page of the run, then issue them there or add --issue."


commands = [invoices]
