"""Sending a version to whoever is to sign it: one statement for everybody, with their deadlines, in one transaction.

Rules: HUD-LI-4, MO-LI-5, VT-LI-1.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Interval, Select, and_, cast, exists, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from core.audit import record
from core.db import among, db
from core.deadlines import Deadline, open_deadlines
from core.deadlines import State as ClockState
from core.errors import Conflict
from core.once import one_at_a_time
from core.people.models import Agency, AgencyStatus, CoC
from core.people.services import closures_of
from core.policy import Decision, policy_for
from core.policy.vocabulary import ClockName
from licensing.access.models import License, LicenseState
from licensing.agreements import rules
from licensing.agreements.models import Agreement, Document, DocumentVersion
from licensing.agreements.rules import Kind, State
from licensing.agreements.standing import documents_in

SIGNING = "agreement-signing"
TERM = "agreement-term"
PARTY = ("lead_id", "coc_id", "agency_id", "person_id")
BLANK: dict[str, Any] = dict.fromkeys(
    ("source", "signer_name", "signer_address", "intent", "text_sha256", "countersigner_name",
     "countersigner_address", "over_reason"), "",
) | {"renews": False}  # fmt: skip
SECOND = literal(timedelta(seconds=1), Interval)
TAKES_PART = (AgencyStatus.ACTIVE, AgencyStatus.ONBOARDING)


def parties(document: Document, at: datetime) -> Select[Any]:
    """Whom a document concerns: (lead_id, coc_id, agency_id, person_id, tz), one row for each who is to sign it."""
    query: Any
    if document.is_of_persons:
        query = select(
            License.lead_id, License.coc_id, License.agency_id, License.person_id, Agency.tz
        ).join(Agency, Agency.id == License.agency_id)  # fmt: skip
        still = or_(License.ended_at.is_(None), License.ended_at > at)
        query = query.where(License.state != LicenseState.ENDED, still)
        reach: Any = License
    else:
        nobody = cast(null(), Agreement.__table__.c.person_id.type).label("person_id")
        query = select(Agency.lead_id, Agency.coc_id, Agency.id.label("agency_id"), nobody, Agency.tz)
        query = query.where(Agency.status.in_(TAKES_PART))
        reach = Agency
    query = query.where(reach.lead_id == document.lead_id)
    narrowed: Select[Any] = query.where(reach.coc_id == document.coc_id) if document.coc_id else query
    return narrowed


def send(version: DocumentVersion, at: datetime, who: Select[Any] | None = None) -> int:
    """Send a published version to whoever it concerns (or only to `who`, as `parties` selects them) and who has not
    signed it: nor a version that it only corrects, nor, where it is renewed, in this round. Returns how many.

    What was sent of an earlier version is replaced. Safe to repeat. Raises Conflict for a version not published.
    """
    document = version.document
    if version.published_at is None or document.retired_at is not None:
        raise Conflict("This version is not published.", "Publish it first.")
    if document.kind is Kind.COORDINATED:
        return 0  # it names a person and an agency, one by one
    one_at_a_time(f"document:{document.id}")
    people = (parties(document, at) if who is None else who).subquery("who")
    zones = db.session.execute(select(people.c.coc_id, people.c.tz).distinct().order_by(people.c.tz)).all()
    cocs = {coc.id: coc for coc in db.session.scalars(select(CoC).where(CoC.id.in_({coc for coc, _ in zones})))}
    sent = sum(_Round(version, people, cocs[coc_id], tz, at, is_asked=who is not None).send() for coc_id, tz in zones)
    if sent:
        record("agreements.sent", document, data={"version": version.number, "sent": sent})
    return sent


def counts_from(document: Document) -> int | None:
    """The first version that still counts: the newest one that everybody was to sign. None: nobody is asked."""
    asked = [one.number for one in document.versions if one.published_at is not None and one.resigns]
    return max(asked, default=None)


class _Round:
    """Those of one community in one time zone: they are due at one instant, for one reason."""

    def __init__(self, version: DocumentVersion, who: Any, coc: CoC, tz: str, at: datetime, *, is_asked: bool) -> None:
        self.version, self.document, self.coc, self.tz, self.at = version, version.document, coc, tz, at
        self.who, self.is_asked, self.zone = who, is_asked, ZoneInfo(tz)
        self.policy = policy_for(coc, at.astimezone(self.zone).date())

    def send(self) -> int:
        lacking = self._lacking().subquery("lacking")
        self._replace_earlier(lacking)
        event = f"{self.document.title} was sent"
        decision = self.policy.due(
            ClockName.AGREEMENT_SIGNING, self.at, self.tz, closed_days(self.coc.lead_id), event
        )  # fmt: skip
        values: dict[str, Any] = BLANK | {
            "document_id": self.document.id, "version_id": self.version.id, "kind": self.document.kind,
            "state": State.SENT, "sent_at": self.at, "due_at": decision.due.replace(microsecond=0),
            "pack": self.policy.pack, "pack_version": self.policy.version,
        }  # fmt: skip
        types = Agreement.__table__.c
        given = [cast(literal(value, types[name].type), types[name].type) for name, value in values.items()]
        owners = [lacking.c[name] for name in PARTY]
        rows = select(*owners, *given).order_by(lacking.c.agency_id, lacking.c.person_id)
        new = insert(Agreement).from_select([*PARTY, *values], rows).on_conflict_do_nothing()
        done = db.session.execute(new, execution_options={"preserve_rowcount": True})
        if done.rowcount:  # type: ignore[attr-defined]
            self._renewals_run_with_the_old()
            self._open_clocks(decision)
        return int(done.rowcount)  # type: ignore[attr-defined]

    def _lacking(self) -> Select[Any]:
        """Whoever has neither been sent this version nor signed one that still counts."""
        who, other = self.who, aliased(Agreement)
        theirs = (other.agency_id == who.c.agency_id, other.person_id.is_not_distinct_from(who.c.person_id))
        waits = and_(other.state == State.SENT, other.version_id == self.version.id)
        over = [] if self.is_asked else [other.state.in_([State.REVOKED, State.WITHDRAWN])]
        has_it = or_(waits, self._counts(other), *over)
        known = exists().where(other.document_id == self.document.id, *theirs, has_it)
        return select(who).where(who.c.coc_id == self.coc.id, who.c.tz == self.tz, ~known)

    def _counts(self, other: Any) -> ColumnElement[bool]:
        """Signed, in a version that still counts, and in this round of renewals (MO-LI-5)."""
        counting = DocumentVersion.number >= (counts_from(self.document) or self.version.number)
        versions = select(DocumentVersion.id).where(DocumentVersion.document_id == self.document.id, counting)
        signed = and_(other.version_id.in_(versions), or_(other.in_force(self.at), other.state == State.SIGNED))
        opens = rules.renewal_opens(self.policy, self.at.astimezone(self.zone).date())
        if opens is None or not rules.is_renewed(self.document.kind, self.policy):
            return signed
        return and_(signed, other.signed_at >= datetime.combine(opens, time(), self.zone))

    def _new(self) -> tuple[ColumnElement[bool], ...]:
        a = Agreement
        return (a.version_id == self.version.id, a.sent_at == self.at, a.coc_id == self.coc.id, a.state == State.SENT)

    def _renewals_run_with_the_old(self) -> None:
        """What is renewed is due when the old one ends, whose own clock reminds of it."""
        old = aliased(Agreement)
        counting = DocumentVersion.number >= (counts_from(self.document) or self.version.number)
        versions = select(DocumentVersion.id).where(DocumentVersion.document_id == self.document.id, counting)
        same = (old.document_id == Agreement.document_id, old.agency_id == Agreement.agency_id)
        renewed = update(Agreement).where(*self._new(), *same, old.version_id.in_(versions))
        renewed = renewed.where(old.ends_at.is_not(None), old.in_force(self.at), old.id != Agreement.id)
        renewed = renewed.where(old.person_id.is_not_distinct_from(Agreement.person_id))
        renewed = renewed.values(due_at=old.ends_at - SECOND, renews=True)
        db.session.execute(renewed.execution_options(synchronize_session=False))

    def _open_clocks(self, decision: Decision) -> None:
        a = Agreement
        rows: Any = select(a.id, a.lead_id, a.coc_id, a.agency_id, a.person_id)
        rows = rows.join(Agency, Agency.id == a.agency_id)
        open_deadlines(
            SIGNING, Agreement, decision, rows.where(*self._new(), Agency.tz == self.tz, ~a.renews),
            title=f"Sign: {self.document.title}", holder="person" if self.document.is_of_persons else "agency",
            warn_before=rules.reminders(self.policy),
        )  # fmt: skip

    def _replace_earlier(self, lacking: Any) -> None:
        """Nobody signs an old text: what was sent of it goes, and its clock with it."""
        a = Agreement
        gone = update(a).where(a.document_id == self.document.id, a.version_id != self.version.id)
        gone = gone.where(a.state == State.SENT, a.agency_id == lacking.c.agency_id)
        gone = gone.where(a.person_id.is_not_distinct_from(lacking.c.person_id))
        words = f"Version {self.version.number} took its place."
        gone = gone.values(state=State.SUPERSEDED, over_at=self.at, over_reason=words).returning(a.id)
        numbers = db.session.scalars(gone.execution_options(synchronize_session=False)).all()
        if not numbers:
            return
        clocks = update(Deadline).where(
            Deadline.subject_type == a.__tablename__, among(Deadline.subject_id, numbers), Deadline.kind == SIGNING,
            Deadline.state.in_([ClockState.PENDING, ClockState.FIRED]),
        )  # fmt: skip
        clocks = clocks.values(state=ClockState.CANCELLED, closed_at=self.at, outcome=words)
        db.session.execute(clocks.execution_options(synchronize_session=False))


def one_person(document: Document, agency: Agency, person_id: int) -> Select[Any]:
    """As `parties`, for somebody who has no license there yet."""
    number = cast(literal(person_id), Agreement.__table__.c.person_id.type).label("person_id")
    query: Any = select(Agency.lead_id, Agency.coc_id, Agency.id.label("agency_id"), number, Agency.tz)
    query = query.where(Agency.id == agency.id, Agency.lead_id == document.lead_id)
    narrowed: Select[Any] = query.where(Agency.coc_id == document.coc_id) if document.coc_id else query
    return narrowed


def send_to_person(agency: Agency, person_id: int, at: datetime) -> int:
    """Everything that each user signs in that community, for somebody who is to get a license there (MO-LI-1)."""
    day = at.astimezone(agency.zone).date()
    sent = 0
    for document in documents_in(agency.coc, at):
        ready = (one for one in document.versions if one.published_at and one.effective_on and one.effective_on <= day)
        version = next(ready, None)
        if document.is_of_persons and version is not None and counts_from(document) is not None:
            sent += send(version, at, one_person(document, agency, person_id))
    return sent


def closed_days(lead_id: int) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in closures_of(lead_id).items()}
