"""`hearthdesk attendance import`: bring a conferencing product's report for a session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from core.running.attach import attached_app


@click.group()
def attendance() -> None:
    """Attendance of training sessions."""


@attendance.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--session", "session_id", type=click.IntRange(1, 2**63 - 1), required=True, help="Its number.")
@click.option("--tz", required=True, help="The time zone of the report's times, such as America/Chicago.")
@click.option("--by", required=True, metavar="EMAIL", help="Who brings it: somebody who keeps the session.")
@click.option("--dates", type=click.Choice(["month-first", "day-first"]), help="How its dates read, if it is asked.")
@click.option("--commit", is_flag=True, help="Save it, if everybody in it is recognized.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def import_(file: Path, session_id: int, tz: str, by: str, dates: str | None, commit: bool, as_json: bool) -> None:
    """Read FILE for a session and say who in it is recognized. Nobody's attendance changes without --commit."""
    with attached_app():
        told = _bring(file, session_id, tz, by, dates, commit=commit)
    click.echo(json.dumps(told) if as_json else _words(told))
    if told["question"] or told["problem"]:
        raise click.ClickException(told["question"] or told["problem"])


def _bring(file: Path, session_id: int, tz: str, by: str, dates: str | None, *, commit: bool) -> dict[str, Any]:
    import secrets
    from zoneinfo import available_timezones

    from core import clock
    from core.audit import acting_as
    from core.authz import principal_for
    from core.db import db, unit_of_work
    from core.people.services import person_by_email
    from training.sessions import queries
    from training.sessions.importing import services
    from training.sessions.importing.services import Brought
    from training.sessions.models import AttendanceImport
    from training.sessions.reports.times import Order

    if tz not in available_timezones():
        raise click.ClickException(f"{tz} is no time zone. Give one such as America/Chicago.")
    person = person_by_email(by)
    if person is None:
        raise click.ClickException(f"Nobody here has the address {by}.")
    principal, now = principal_for(person, clock.now()), clock.now()
    brought = Brought(file.read_bytes(), file.name, tz, order=Order(dates) if dates else None)
    with acting_as(person.name, person.id):
        with unit_of_work():
            session = queries.kept_session(principal, session_id, lock=True)
            row = services.bring(session, brought, principal, secrets.token_urlsafe(16), now)
            number = row.id
        if commit and not (row.question or row.problem):
            with unit_of_work():
                queries.kept_session(principal, session_id, lock=True)
                held = db.session.get_one(AttendanceImport, number, with_for_update=True)
                services.accept(held, principal, now)
    row = db.session.get_one(AttendanceImport, number)
    told = {"import": number, "state": row.state.value, "product": row.product.value, "question": row.question}
    return {**told, "problem": row.problem, "notes": row.notes, **services.counts(row)}


def _words(told: dict[str, Any]) -> str:
    counts = (
        f"{told['matched']} recognized, {told['ambiguous']} may be several people, {told['unmatched']} not known,"
        f" {told['not_ours']} none of ours."
    )
    state = "Committed" if told["state"] == "committed" else "Preview, nothing saved"
    return "\n".join([f"{state}: {counts}", *told["notes"], f"See /training/sessions/imports/{told['import']}"])


commands = [attendance]
