"""What training tells the packages above it, and its rooms each other, in the transaction in which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CourseCompleted:
    """Somebody earned a course's credits; the row has where and how."""

    completion_id: int
    lead_id: int
    person_id: int
    course_id: int
    credits: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class AgreementSigned:
    """Somebody signed the agreement of a course: the exact text, what it counts for, and how it was signed.

    `agency_id` is where they work; None for the Lead's own people.
    """

    signature_id: int
    lead_id: int
    agency_id: int | None
    person_id: int
    course_id: int
    credits: tuple[str, ...]
    title: str
    body: str
    clauses: tuple[str, ...]
    text_sha256: str
    name: str
    address: str
    intent: str
    at: datetime


@dataclass(frozen=True)
class CompletionRevoked:
    """A completion no longer counts, because it was given by mistake."""

    completion_id: int
    lead_id: int
    person_id: int
    course_id: int
    credits: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class PracticeCasePassed:
    """The last segment of a practice case was accepted; `hud_type` is HUD's project type code (2.02.6).

    `enrollment_id` names the series it belongs to, None where it was given outside of one.
    """

    case_id: int
    lead_id: int
    person_id: int
    agency_id: int
    hud_type: int
    enrollment_id: int | None
    at: datetime


@dataclass(frozen=True)
class KindPracticed:
    """Somebody has practiced for a kind of project now (HUD's project type), by an accepted case or because the
    committee let access stay: access can grow to it (MO-TR-9)."""

    lead_id: int
    person_id: int
    agency_id: int
    hud_type: int
    at: datetime


@dataclass(frozen=True)
class PracticeSubmitted:
    """A segment lies with the trainers now; a clock that rests while they review rests from here on."""

    enrollment_id: int
    at: datetime


@dataclass(frozen=True)
class PracticeReturned:
    """The trainers are done with it, whether they accepted it or want corrections: it is the trainee's turn again."""

    enrollment_id: int
    at: datetime


@dataclass(frozen=True)
class AccessRefused:
    """The practice cases ended in a refusal of access (VT-TR-4, MO-TR-6, MO-TR-7); `until` is when a retry opens.

    `rule` is the one it rests on, and `by_id` who decided.
    """

    lead_id: int
    person_id: int
    agency_id: int
    enrollment_id: int | None
    by_id: int
    reason: str
    rule: str
    until: datetime | None
    at: datetime


@dataclass(frozen=True)
class ProvisionalAccess:
    """The committee lets somebody have access until the last second of `until`, with a peer mentor of their agency,
    though their practice cases failed (MO-TR-7)."""

    lead_id: int
    person_id: int
    agency_id: int
    hud_type: int
    enrollment_id: int | None
    mentor_id: int
    until: datetime
    at: datetime


@dataclass(frozen=True)
class AccessKept:
    """After provisional access had run its time, the committee decided that access stays (MO-TR-7)."""

    lead_id: int
    person_id: int
    agency_id: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class RepeatOrdered:
    """The Lead has somebody take the series for new users again, for what their practice cases show (VT-TR-4)."""

    lead_id: int
    person_id: int
    agency_id: int
    enrollment_id: int | None
    by_id: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class SeriesBegun:
    enrollment_id: int
    person_id: int
    agency_id: int
    at: datetime


@dataclass(frozen=True)
class SeriesCompleted:
    """Every step is met, or the series was waived."""

    enrollment_id: int
    person_id: int
    agency_id: int
    is_waived: bool
    at: datetime


@dataclass(frozen=True)
class SeriesLapsed:
    """Its window closed before every step was met; it is taken again (VT-TR-3)."""

    enrollment_id: int
    person_id: int
    agency_id: int
    at: datetime


@dataclass(frozen=True)
class SeriesWithdrawn:
    """It is no longer needed, such as when the request it was for is denied or taken back."""

    enrollment_id: int
    person_id: int
    agency_id: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class AboutToLapse:
    """Many lapse in one unit of work, each with its own event: whoever acts on those reads what it needs at once.

    `people` are (person, agency) pairs, without an agency for the Lead's own people.
    """

    people: frozenset[tuple[int, int | None]]


@dataclass(frozen=True)
class TrainingLapsed:
    """Something owed every year was not done by its deadline: the license is locked until it is (MO-TR-8, VT-TR-7)."""

    obligation_id: int
    lead_id: int
    person_id: int
    agency_id: int | None
    reason: str
    at: datetime


@dataclass(frozen=True)
class TrainingCaughtUp:
    """What had lapsed was done; the lock can go."""

    obligation_id: int
    lead_id: int
    person_id: int
    agency_id: int | None
    at: datetime
