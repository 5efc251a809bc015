"""The days in which a series is done, as deadline rows. Rules: VT-TR-2, VT-TR-3."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from core.db import db
from core.deadlines import (
    Deadline,
    Fires,
    Kind,
    State,
    cancel,
    deadlines_of,
    meet,
    open_deadline,
    pause,
    register_kind,
    resume,
)
from core.people.services import closures_of
from core.policy import Policy
from core.policy.vocabulary import ClockName, SwitchName
from training.series import mails
from training.series.models import Enrollment
from training.series.rules import EnrollmentState

COMPLETION, LIMIT = "series-completion", "series-limit"
CLOCKS = {COMPLETION: ClockName.SERIES_COMPLETION, LIMIT: ClockName.SERIES_LIMIT}
WARN = (timedelta(days=5), timedelta(days=1))


def open_all(row: Enrollment, policy: Policy, at: datetime, event: str = "") -> None:
    """From the start of the series, or anew from when it was opened again, which `event` says; a manual that gives no
    days opens nothing."""
    event = event or f"{row.person.name} started the series"
    closures = {date.fromisoformat(day): name for day, name in closures_of(row.lead_id).items()}
    for kind, clock in CLOCKS.items():
        if policy.has(clock):
            decision = policy.due(clock, at, row.agency.zone, closures, event)
            open_deadline(
                kind, row, decision, title=f"{TITLES[kind]}: {row.person.name}", lead_id=row.lead_id,
                coc_id=row.coc_id, agency_id=row.agency_id, person_id=row.person_id, holder="person", warn_before=WARN,
                occurrence=len(deadlines_of(row, kind)) + 1,
            )  # fmt: skip


TITLES = {COMPLETION: "Complete the series and its assignments", LIMIT: "Everything accepted, corrections included"}


def own_part_done(row: Enrollment, at: datetime) -> None:
    """Everything is handed in: that is what the first days were for (VT-TR-2)."""
    for clock in deadlines_of(row, COMPLETION):
        if clock.is_open or clock.is_missed:
            meet(clock, at, "Every step is done or handed in.")


def close_all(row: Enrollment, at: datetime, reason: str) -> None:
    """However it ended: complete meets what is open, anything else owes it no longer. What has fired stays."""
    for clock in deadlines_of(row, *CLOCKS):
        if row.state is EnrollmentState.COMPLETE and (clock.is_open or clock.is_missed):
            meet(clock, at, reason)
        elif clock.is_open:
            cancel(clock, at, reason)


def rest(row: Enrollment, policy: Policy, at: datetime) -> None:
    """While somebody reviews, where the pack lets the clock rest."""
    if policy.has(SwitchName.REVIEW_STOPS_CLOCK) and policy.switch(SwitchName.REVIEW_STOPS_CLOCK).on:
        for clock in deadlines_of(row, *CLOCKS):
            if clock.state is State.PENDING:
                pause(clock, at, "The work is being reviewed.")


def go_on(row: Enrollment, at: datetime) -> None:
    for clock in deadlines_of(row, *CLOCKS):
        if clock.state is State.PAUSED:
            resume(clock, at)


def _held(clock: Deadline) -> Enrollment:
    query = select(Enrollment).where(Enrollment.id == clock.subject_id).with_for_update(of=Enrollment)
    with db.session.no_autoflush:
        return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _late(clock: Deadline, now: datetime) -> None:
    row = _held(clock)
    clock.outcome = "Not everything was handed in."
    late = f"not handed in everything of {row.series.title} in time."
    mails.tell(row, now, "late", f"{row.person.name} has {late}", clock, own=f"You have {late}")


def _over(clock: Deadline, now: datetime) -> None:
    from training.series import services  # the verbs import the windows

    row = _held(clock)
    if row.state is EnrollmentState.RUNNING:
        clock.outcome = "The series is taken again."
        services.lapse(row, now)


def _soon(clock: Deadline, now: datetime) -> None:
    row = _held(clock)
    mails.tell(
        row, now, f"soon:{clock.id}:{clock.due_at.date()}:{now.date()}", f"{clock.title}: the time ends soon.", clock
    )


def _link(clock: Deadline) -> str:
    return f"/training/enrollments/{clock.subject_id}"


register_kind(Kind(COMPLETION, "Series to complete", Fires.AFTER_DUE, _late, _soon, link=_link))
register_kind(Kind(LIMIT, "Series to be accepted", Fires.AFTER_DUE, _over, _soon, link=_link))
