"""Evidence that somebody was there, what it comes to, and the completion that rests on it. Rules: VT-TR-6, HUD-TR-3.

Whoever calls has the session's row locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.people.models import Person
from core.policy import Policy, policy_for
from core.signing import key_for, signature
from core.typed import must_say
from training.courses.completions import Earned, complete, revoke
from training.courses.models import Completion, CourseVersion, VersionState
from training.courses.vocabulary import How
from training.sessions import queries
from training.sessions.attendance import rules
from training.sessions.attendance.rules import Claim, Ruling, Span
from training.sessions.clocks import when_it_ends
from training.sessions.models import Attendance, AttendanceLine, TrainingSession
from training.sessions.rules import code_of, steps_taken, typed_code

KEY = "a session's sign-in code"
EXAMPLE = "For example: their connection broke; they were in the room all the time."
CORRECTED = "The attendance was corrected."


class Source(StrEnum):
    CODE = "code"
    LIST = "list"
    IMPORT = "import"


# --- signing in on the spot


def show_code(session: TrainingSession, at: datetime) -> None:
    """From now until the end people can sign in with the code that the trainer shows."""
    _must_take_place(session)
    if at >= session.ends_at:
        raise Conflict("This session is over.", "Use the list, or bring the report.")
    if session.code_from is None:
        session.code_from = at
        record("session.code-shown", session)


def hide_code(session: TrainingSession) -> None:
    session.code_from = None
    record("session.code-hidden", session)


def code_at(session: TrainingSession, at: datetime) -> str:
    """The one to show at that instant."""
    return _code(session.id, steps_taken(at)[0])


def _code(session_id: int, step: int) -> str:
    return code_of(bytes.fromhex(signature(key_for(KEY), f"{session_id}:{step}")))


def sign_in(session: TrainingSession, person: Person, typed: str, at: datetime) -> AttendanceLine:
    """They are there from now until the end, or until they sign out. A second time is the same."""
    _must_take_place(session)
    if at >= session.ends_at:
        raise Conflict("This session is over.", "Tell the trainer if your attendance is missing.")
    if session.code_from is None:
        raise Conflict("The trainer does not show a code now.", "Ask the trainer.")
    if typed_code(typed) not in {_code(session.id, step) for step in steps_taken(at)}:
        raise Invalid(
            "This is not the code that is shown now.", "It changes every minute. Type it again.", field="code"
        )
    here = _open_line(session, person.id)
    if here is not None:
        return here
    row = _line(session, person.id, Source.CODE, Span(at.replace(microsecond=0), session.ends_at), person.id, at)
    row.ends_at = None
    db.session.add(row)
    db.session.flush()
    record("attendance.signed-in", row, lead_id=session.lead_id, data={"session": session.id})
    return row


def sign_out(session: TrainingSession, person: Person, at: datetime) -> None:
    here = _open_line(session, person.id)
    if here is None or at >= session.ends_at:
        raise Conflict("You are not signed in.", "Load the page again.")
    here.ends_at = at.replace(microsecond=0)
    record("attendance.signed-out", here, lead_id=session.lead_id, data={"session": session.id})


def _open_line(session: TrainingSession, person_id: int) -> AttendanceLine | None:
    query = select(AttendanceLine).where(
        AttendanceLine.session_id == session.id,
        AttendanceLine.person_id == person_id,
        AttendanceLine.source == Source.CODE,
        AttendanceLine.ends_at.is_(None),
    )
    return db.session.scalar(query.limit(1))


def _must_take_place(session: TrainingSession) -> None:
    if session.is_cancelled:
        raise Conflict("This session was cancelled.")


def _line(
    session: TrainingSession, person_id: int, source: Source, span: Span | None, by_id: int, at: datetime
) -> AttendanceLine:
    return AttendanceLine(
        session_id=session.id, person_id=person_id, source=source, noted_by_id=by_id, noted_at=at,
        starts_at=span.starts if span else None, ends_at=span.ends if span else None,
    )  # fmt: skip


# --- the trainer's list


def note_list(
    session: TrainingSession, there: Mapping[int, Span | None], by: Principal, at: datetime, *, is_complete: bool
) -> None:
    """What the trainer saw, by person: from when to when, or None for not at all. It replaces what the list said
    of them before, and leaves everybody else."""
    must_be_over(session, at)
    window = window_of(session)
    for span in there.values():
        if span is not None and span.within(window) is None:
            raise Invalid("These times are outside of the session.", "Give times between its beginning and end.")
    lines = AttendanceLine.session_id == session.id
    db.session.execute(
        delete(AttendanceLine).where(lines, AttendanceLine.person_id.in_(there), AttendanceLine.source == Source.LIST)
    )
    for person_id, span in there.items():
        if span is not None:
            db.session.add(_line(session, person_id, Source.LIST, span, by.person_id, at))
    db.session.flush()
    record(
        "attendance.listed",
        session,
        data={"people": sorted(there), "there": sum(s is not None for s in there.values())},
    )
    reckon(session, there, at, by.person_id)
    if is_complete:
        settle(session, at)


def must_be_over(session: TrainingSession, at: datetime) -> None:
    _must_take_place(session)
    if at < session.ends_at:
        raise Conflict("This session is not over yet.", "Attendance is noted once it has ended.")


def settle(session: TrainingSession, at: datetime) -> None:
    """Somebody says that the attendance is complete: nobody is asked for it any more."""
    if session.settled_at is None:
        session.settled_at = at
        record("attendance.settled", session)


# --- what it comes to


@when_it_ends
def _at_the_end(session: TrainingSession, at: datetime) -> str:
    """Whoever signed in and stayed has their time now."""
    query = select(AttendanceLine.person_id).where(AttendanceLine.session_id == session.id).distinct()
    people = list(db.session.scalars(query))
    reckon(session, people, at, None)
    return f"{len(people)} people had signed in." if people else ""


def reckon(session: TrainingSession, people: Iterable[int], at: datetime, by_id: int | None) -> None:
    """Work out anew what is known of these people, and give or take back what it earns. Before the end, nothing is."""
    if at < session.ends_at or session.is_cancelled:
        return
    wanted = sorted(set(people))
    lines = _lines_of(session, wanted)
    known = {row.person_id: row for row in _current(session, wanted)}
    standing = _standing_of(session, wanted, at)
    for person_id in wanted:
        row = known.get(person_id)
        if row is None and person_id not in lines:
            continue
        _reckon(session, row, person_id, lines.get(person_id, []), standing[person_id], at, by_id)


def reckon_all(session: TrainingSession, at: datetime, by_id: int | None) -> None:
    """After its official times were corrected."""
    query = select(AttendanceLine.person_id).where(AttendanceLine.session_id == session.id).distinct()
    reckon(session, db.session.scalars(query).all(), at, by_id)


@dataclass(frozen=True)
class _Standing:
    """For which agency somebody came, and by whose manual their time is judged."""

    agency_id: int | None
    coc_id: int | None
    policy: Policy | None


def _standing_of(session: TrainingSession, people: list[int], at: datetime) -> dict[int, _Standing]:
    day = session.starts_at.astimezone(session.zone).date()
    agencies = queries.agencies_for(session, people, at)
    found = {}
    for person_id in people:
        agency = agencies.get(person_id)
        coc = agency.coc if agency else session.coc
        found[person_id] = _Standing(
            agency.id if agency else None, coc.id if coc else None, policy_for(coc, day) if coc else None
        )
    return found


def _lines_of(session: TrainingSession, people: list[int]) -> dict[int, list[AttendanceLine]]:
    query = select(AttendanceLine).where(AttendanceLine.session_id == session.id, AttendanceLine.person_id.in_(people))
    found: dict[int, list[AttendanceLine]] = {}
    for row in db.session.scalars(query.order_by(AttendanceLine.id)):
        found.setdefault(row.person_id, []).append(row)
    return found


def _current(session: TrainingSession, people: list[int]) -> list[Attendance]:
    query = select(Attendance).where(
        Attendance.session_id == session.id, Attendance.person_id.in_(people), Attendance.is_current
    )
    return list(db.session.scalars(query))


def window_of(session: TrainingSession) -> Span:
    return Span(session.starts_at, session.ends_at)


def _claims(session: TrainingSession, lines: Iterable[AttendanceLine]) -> list[Claim]:
    return [
        Claim(
            Span(line.starts_at, max(line.ends_at or session.ends_at, line.starts_at)) if line.starts_at else None,
            line.seconds,
            line.is_proven,
        )
        for line in lines
    ]


def _reckon(
    session: TrainingSession,
    row: Attendance | None,
    person_id: int,
    lines: list[AttendanceLine],
    standing: _Standing,
    at: datetime,
    by_id: int | None,
) -> None:
    found = rules.ruling(window_of(session), _claims(session, lines), standing.policy, session.zone)
    is_new = row is None
    if row is None:
        row = Attendance(session=session, person_id=person_id, lead_id=session.lead_id, override=None)
        row.agency_id, row.coc_id = standing.agency_id, standing.coc_id
        db.session.add(row)
    before = None if is_new else (row.attended_seconds, row.earns)
    _write(row, found, rules.explanation(found, standing.policy), at)
    db.session.flush()
    if before != (row.attended_seconds, row.earns):
        record("attendance.reckoned", row, data={"seconds": row.attended_seconds, "earns": row.earns})
    _prove(row, CORRECTED, at, by_id)


def _write(row: Attendance, found: Ruling, why: dict[str, object], at: datetime) -> None:
    row.starts_at, row.computed_at = row.session.starts_at, at
    row.attended_seconds = int(found.attended.total_seconds())
    row.missed_seconds = int(found.missed.total_seconds())
    row.is_proven, row.earns, row.explanation = found.is_proven, found.earns, why


def override(row: Attendance, earns: bool | None, reason: str, by: Principal, at: datetime) -> Attendance:
    """A trainer decides against the arithmetic, or (None) for it again; the row must be locked. Returns the current
    row, which is another one where credit is given that had been taken back."""
    must_say(reason, EXAMPLE)
    if row.override is earns:
        raise Conflict("It stands so already.", "Load the page again to see it.")
    row.override, row.override_reason, row.override_by_id, row.override_at = earns, reason, by.person_id, at
    db.session.flush()
    said = {None: "as reckoned", True: "credit", False: "no credit"}[earns]
    record("attendance.overridden", row, data={"credit": said, "reason": reason})
    return _prove(row, reason, at, by.person_id)


def _prove(row: Attendance, reason: str, at: datetime, by_id: int | None) -> Attendance:
    """The completion says what the attendance says. One that was revoked stays so; a new one rests on a new row."""
    proof = _completion_of(row)
    if not row.is_credited:
        if proof is not None and proof.revoked_at is None:
            revoke(proof, by_id or row.session.trainer_id or row.session.author_id, reason, at)
        return row
    if proof is not None and proof.revoked_at is not None:
        row = _in_its_place(row)
    if proof is None or proof.revoked_at is not None:
        minutes = row.attended_seconds // 60
        earned = Earned(
            How.ATTENDANCE,
            row,
            version=_version_of(row),
            agency_id=row.agency_id,
            minutes=minutes,
            by_id=row.override_by_id,
            reason=row.override_reason,
        )
        complete(row.person_id, row.session.course, earned, row.session.ends_at)
    return row


def _version_of(row: Attendance) -> CourseVersion | None:
    """What was taught: the latest version that was published by then."""
    query = select(CourseVersion).where(
        CourseVersion.course_id == row.session.course_id,
        CourseVersion.state == VersionState.PUBLISHED,
        CourseVersion.published_at <= row.session.starts_at,
    )
    return db.session.scalar(query.order_by(CourseVersion.number.desc()).limit(1))


def _completion_of(row: Attendance) -> Completion | None:
    return db.session.scalar(
        select(Completion).where(
            Completion.person_id == row.person_id,
            Completion.course_id == row.session.course_id,
            Completion.source_type == Attendance.__tablename__,
            Completion.source_id == row.id,
        )
    )


def _in_its_place(row: Attendance) -> Attendance:
    """A copy that is current from here on."""
    kept = {c.key: getattr(row, c.key) for c in Attendance.__table__.columns if c.key not in ("id", "is_current")}
    row.is_current = False
    db.session.flush()
    new = Attendance(**kept, is_current=True)
    db.session.add(new)
    db.session.flush()
    return new
