"""Opening reviews, answering for each user, and locking whoever nobody answered for. Rule: HUD-LI-5."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db, gather, reading
from core.deadlines import Deadline, deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.people.models import Agency, Lead
from core.policy import Decision, Policy
from core.policy.vocabulary import CycleName, LadderName
from core.typed import refuse_client_data
from core.workcalendar import Closures
from licensing.access.following import follows
from licensing.access.holds import hold as suspend
from licensing.access.holds import lift
from licensing.access.models import HoldKind, License, LicenseState
from licensing.access.services import hold, local_day, policy_in_force
from licensing.departures import services as departures
from licensing.departures.models import Channel, DepartureNotice, Reason
from licensing.departures.services import Told
from licensing.events import LicenseEnded
from licensing.reviews import mails, rules
from licensing.reviews.models import AccessReview, ReviewLine, ReviewPlan
from licensing.reviews.rules import LEAVES, Answer, ReviewState

CLOCK = "access-review"
DAY = timedelta(days=1)


def plan_of(lead_id: int) -> ReviewPlan | None:
    query = select(ReviewPlan).where(ReviewPlan.lead_id == lead_id, ReviewPlan.ended_at.is_(None))
    return db.session.scalar(query)


def begin(lead: Lead, by: Principal, at: datetime) -> ReviewPlan:
    """From now on each agency is asked once in each period, the present one first. Twice is once."""
    values = {"lead_id": lead.id, "since": local_day(at, lead.tz), "by_id": by.person_id, "at": at}
    new = insert(ReviewPlan).values(**values).on_conflict_do_nothing().returning(ReviewPlan.id)
    written = db.session.scalar(new)
    row = plan_of(lead.id)
    assert row is not None, "it was there, or it has just been written"
    if written is not None:
        record("reviews.begun", row, data={"since": row.since})
    return row


def stop(lead: Lead, by: Principal, at: datetime) -> None:
    """No more reviews are opened; those that are open go on."""
    row = plan_of(lead.id)
    if row is None:
        raise Conflict("No reviews are under way.", "There is nothing to stop.")
    row.ended_at, row.ended_by_id = at, by.person_id
    record("reviews.stopped", row)


# --- opening


def open_review(agency: Agency, at: datetime, closures: Closures) -> AccessReview | None:
    """The review of the agency's present period with everybody who has a license; None where it was opened before,
    where the pack knows none, or where nobody has a license."""
    policy = policy_in_force(agency.coc, at)
    if not policy.has(CycleName.ACCESS_REVIEW):
        return None
    hold(agency)
    values = {
        "lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "opened_at": at,
        "period": rules.period_of(policy, local_day(at, agency.tz)), "state": ReviewState.OPEN,
    }  # fmt: skip
    held = (License.agency_id == agency.id, License.state != LicenseState.ENDED, _not_over(at))
    if db.session.scalar(select(License.id).where(*held).limit(1)) is None:
        return None
    new = insert(AccessReview).values(**values).on_conflict_do_nothing().returning(AccessReview.id)
    number = db.session.scalar(new)
    if number is None:
        return None
    users = select(literal(number), License.id, License.person_id, License.level, literal("")).where(*held)
    columns = ["review_id", "license_id", "person_id", "level", "note"]
    db.session.execute(insert(ReviewLine).from_select(columns, users.order_by(License.id)))
    row = db.session.get_one(AccessReview, number)
    clock = _open_clock(row, policy, closures)
    record("review.opened", row, data={"period": row.period, "due": clock.due_at})
    mails.asked(row, clock, at)
    return row


def _not_over(at: datetime) -> ColumnElement[bool]:
    return or_(License.ended_at.is_(None), License.ended_at > at)


def _open_clock(row: AccessReview, policy: Policy, closures: Closures) -> Deadline:
    due: Decision = rules.due(policy, row.period, row.opened_at, row.agency.zone, closures)
    steps = policy.ladder(LadderName.ACCESS_REVIEW_REMINDERS).steps
    return open_deadline(
        CLOCK, row, due, title=f"Confirm who uses the HMIS: {row.agency.name}", lead_id=row.lead_id, coc_id=row.coc_id,
        agency_id=row.agency_id, holder="agency",
        warn_before=[DAY * getattr(step.within, "count", 1) for step in steps if step.within],
    )  # fmt: skip


def clock_of(row: AccessReview) -> Deadline:
    return deadlines_of(row, CLOCK)[0]


# --- answering


@dataclass(frozen=True)
class Said:
    """What somebody of the agency says of one user; the last day and time where they leave."""

    answer: Answer
    note: str = ""
    left_on: date | None = None
    left_at: time | None = None
    is_meant: bool = False


def confirm(row: AccessReview, line_ids: set[int], by: Principal, at: datetime) -> int:
    """Everything is as it should be for these users. Returns how many were not answered for before. The row must be
    locked."""
    lines = [line for line in row.lines if line.id in line_ids and line.answer is None]
    for line in lines:
        _answered(line, Said(Answer.STAYS), by, at)
    _settle(row, at)
    return len(lines)


def answer(line: ReviewLine, said: Said, by: Principal, at: datetime) -> None:
    """The same answer twice is once; a departure is taken back on its own page. The review must be locked."""
    row = line.review
    if line.departure_id is not None and not _stands(line.departure_id):
        line.departure_id = None
    elif line.answer is said.answer and line.note == said.note:
        return
    if line.departure_id is not None:
        raise Conflict(f"A departure of {line.person.name} is on record.", "Undo that one first.", field="answer")
    if said.answer is Answer.LEVEL and not said.note:
        raise Invalid("Say which level is right.", "The HMIS Lead reads it.", field="note")
    if said.note:
        refuse_client_data(said.note, "note")
    if said.answer in LEAVES:
        _depart(line, said, by, at)
    _answered(line, said, by, at)
    if said.answer is Answer.LEVEL:
        mails.wrong_level(line, at)
    _settle(row, at)


def _stands(departure_id: int) -> bool:
    """Whether that departure counts: nobody has taken it back."""
    return db.session.get_one(DepartureNotice, departure_id, populate_existing=True).undone_at is None


def _answered(line: ReviewLine, said: Said, by: Principal, at: datetime) -> None:
    line.answer, line.note, line.by_id, line.at = said.answer, said.note, by.person_id, at
    record("review.answered", line.review, data={"license": line.license_id, "answer": said.answer})
    held = db.session.get_one(License, line.license_id, with_for_update={"of": License}, populate_existing=True)
    lift(held, HoldKind.REVIEW, at)


def _depart(line: ReviewLine, said: Said, by: Principal, at: datetime) -> None:
    """The answer is the agency's notice, as if it had been given on the form."""
    agency = line.review.agency
    known = departures.scheduled(line.person_id, agency.id)
    if known is not None:
        line.departure_id = known.id
        return
    held = db.session.get_one(License, line.license_id)
    if held.state is LicenseState.ENDED:
        return
    if said.left_on is None or said.left_at is None:
        raise Invalid("Give the last day and the time.", "Days to come are fine.", field="left_on")
    membership = departures.membership_to_end(line.person_id, agency, at)
    told = Told(
        person_id=line.person_id, leaves_at=departures.when_leaving(membership, said.left_on, said.left_at, at),
        reason=Reason.LEFT if said.answer is Answer.LEFT else Reason.JOB_CHANGE, channel=Channel.FORM, noticed_at=at,
        noticed_by_id=by.person_id, once=f"review-line-{line.id}-{secrets.token_urlsafe(16)}",
    )  # fmt: skip
    if departures.ends_at_once(agency, told, at) and not said.is_meant:
        raise Conflict(
            f"Access of {line.person.name} would end at once, which cannot be taken back.",
            "Tick the box if that is meant, or give a time to come.",
            field="is_meant",
        )
    line.departure_id = departures.note_departure(agency, told, by, at).id


def lock_licenses(row: AccessReview, *which: ColumnElement[bool]) -> Sequence[License]:
    """Those of the lines that are meant, as they stand now and in the order of their numbers."""
    meant = select(ReviewLine.license_id).where(ReviewLine.review_id == row.id, *which)
    query = select(License).where(License.id.in_(meant)).order_by(License.id).with_for_update(of=License)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _settle(row: AccessReview, at: datetime) -> None:
    """Once everybody is answered for, the clock stops; late, where its time had run out."""
    db.session.flush()
    if row.state is ReviewState.DONE or not rules.progress(line.answer for line in row.lines).is_complete:
        return
    row.state, row.done_at = ReviewState.DONE, at
    clock = clock_of(row)
    if clock.is_open or clock.is_missed:
        meet(clock, at, "Everybody was confirmed.")
    record("review.done", row, data={"late": clock.is_late(at)})


# --- the time runs out


def lock_unanswered(row: AccessReview, at: datetime) -> int:
    """Whoever nobody has confirmed is locked until somebody does. Returns how many. The licenses, then the row, must be
    locked."""
    if row.state is ReviewState.DONE:
        return 0
    waiting = [line for line in row.lines if line.answer is None]
    if not waiting:
        # The last two were answered for at one time, and neither saw the other.
        _settle(row, at)
        return 0
    licenses = lock_licenses(row, ReviewLine.id.in_([line.id for line in waiting]))
    for held in licenses:
        words = f"Nobody at {row.agency.name} confirmed that you still need the HMIS (review of {row.period:%B %Y})."
        suspend(held, HoldKind.REVIEW, f"review:{row.id}", words, at)
    row.state = ReviewState.LATE
    record("review.late", row, data={"locked": len(licenses)})
    mails.late(row, clock_of(row), at)
    return len(licenses)


_UNANSWERED = select(ReviewLine.id).join(AccessReview).where(
    AccessReview.agency_id == License.agency_id,
    AccessReview.state != ReviewState.DONE,
    ReviewLine.license_id == License.id,
    ReviewLine.answer.is_(None),
)  # fmt: skip


@follows(_UNANSWERED)  # lines are written at once, and answered ones do not become open again
def _ended(event: LicenseEnded) -> None:
    """Nobody needs to be asked about a license that is over."""
    open_ones = (AccessReview.agency_id == event.agency_id, AccessReview.state != ReviewState.DONE)
    query = select(ReviewLine).join(AccessReview).where(*open_ones, ReviewLine.license_id == event.license_id)
    with reading():
        lines = db.session.scalars(query).all()
    for line in lines:
        if line.answer is None:
            line.answer, line.note, line.at = Answer.LEFT, "The license has ended.", event.at
            gather(("review", line.review_id), event.at, partial(_settle_review, line.review_id))


def _settle_review(number: int, times: list[datetime]) -> None:
    _settle(db.session.get_one(AccessReview, number), max(times))
