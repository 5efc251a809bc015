"""Signing, countersigning, and how an agreement ends. What was signed stays as it was, whatever happens later.

Rules: VT-LI-1, MO-LI-1, MO-LI-5, SON-LI-1, SON-LI-10, SAC-LI-1, HUD-LI-3, HUD-LI-4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.agreeing import INTENT, is_name
from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from core.people.models import Agency, DesignationKind, Person
from core.people.services import designated
from core.policy import Policy, catalog
from core.policy.vocabulary import ClockName
from core.typed import must_say
from licensing.access import holds
from licensing.access.models import HoldKind, License, LicenseState
from licensing.agreements import mails, rules
from licensing.agreements.models import Agreement, DocumentVersion
from licensing.agreements.permissions import Permission
from licensing.agreements.rules import TRANSITIONS, Act, Kind, State
from licensing.agreements.sending import BLANK, SIGNING, TERM, closed_days
from licensing.events import AgreementInForce, AgreementLapsed


@dataclass(frozen=True)
class Signing:
    """What somebody sends to sign: the numbers of the clauses they ticked (from 0), the name they typed, from where."""

    ticked: Sequence[str]
    name: str
    address: str


def policy_of(row: Agreement) -> Policy:
    """What it was sent under stays."""
    return catalog.version(row.pack, row.pack_version)


def signers_of(row: Agreement, at: datetime) -> list[Person]:
    """Who may sign it: the person themselves, or whom the manual lets sign for the agency.

    Coordinated services are allowed by the agency for which somebody else is to act.
    """
    if row.kind is not Kind.COORDINATED and row.person is not None:
        return [row.person]
    agency_id = row.other_agency_id if row.kind is Kind.COORDINATED and row.other_agency_id else row.agency_id
    found: dict[int, Person] = {}
    for kind in rules.signers(policy_of(row)):
        found |= {person.id: person for person in designated(agency_id, kind, at)}
    return list(found.values())


def may_sign(row: Agreement, principal: Principal, at: datetime) -> bool:
    return row.state is State.SENT and principal.person_id in {person.id for person in signers_of(row, at)}


Check = Callable[[Agreement, datetime], None]
_before_signing: list[Check] = []


def before_signing(check: Check) -> Check:
    """Decorator: asked before anybody signs; it raises Conflict where something else has to come first."""
    if check not in _before_signing:
        _before_signing.append(check)
    return check


def sign(row: Agreement, signing: Signing, by: Principal, at: datetime) -> None:
    """Each clause ticked, then signed by typing one's name; twice is once. The row must be locked.

    Raises Forbidden for somebody who is no signer, Conflict for what is no longer to be signed.
    """
    if row.signed_at is not None and row.signer_id == by.person_id:
        return
    people = {person.id: person for person in signers_of(row, at)}
    if by.person_id not in people:
        raise Forbidden(f"This is signed by {_who(row, list(people.values()))}.", "Ask them; they see it under Today.")
    if (row.state, Act.SIGN) not in TRANSITIONS:
        raise Conflict(f"This is not to be signed any more ({row.state}).", "Load the page again to see how it stands.")
    for check in _before_signing:
        check(row, at)
    version, person = row.version, people[by.person_id]
    _must_be_whole(signing, person, len(version.clauses))
    _move(row, Act.SIGN)
    row.signed_at, row.signer_id, row.signer_name = at, person.id, person.name
    row.signer_address, row.intent, row.text_sha256 = signing.address[:80], INTENT, version.text_sha256
    db.session.flush()
    db.session.expire(row, ["signer"])
    record("agreement.signed", row, data={"document": row.document.title, "text": row.text_sha256})
    for clock in _clocks(row, SIGNING):
        meet(clock, at, f"{person.name} signed.")
    if rules.needs_countersignature(row.kind, policy_of(row)):
        mails.to_countersign(row, at)
    else:
        come_into_force(row, at)


def _must_be_whole(signing: Signing, person: Person, clauses: int) -> None:
    if left := sorted({str(n) for n in range(clauses)} - set(signing.ticked), key=int):
        raise Invalid(f"Tick clause {int(left[0]) + 1}.", "Each one is ticked before you sign.", "ticked")
    if not is_name(signing.name, person.name):
        raise Invalid(f"Type your name as it is written here: {person.name}.", field="name")


def countersign(row: Agreement, signing: Signing, by: Principal, at: datetime) -> None:
    """The Lead signs too, and the copy goes back to the agency (SON-LI-10). Twice is once. The row must be locked."""
    if row.countersigned_at is not None and row.countersigner_id == by.person_id:
        return
    if not by.can(Permission.COUNTERSIGN, agency=row.agency):
        raise Forbidden("This is countersigned by a manager of the HMIS Lead.", "Ask them; they see it under Today.")
    if not is_name(signing.name, by.name):
        raise Invalid(f"Type your name as it is written here: {by.name}.", field="name")
    _move(row, Act.COUNTERSIGN)
    row.countersigned_at, row.countersigner_id, row.countersigner_name = at, by.person_id, by.name
    row.countersigner_address = signing.address[:80]
    db.session.flush()
    record("agreement.countersigned", row, data={"document": row.document.title, "text": row.text_sha256})
    if row.effective_at is None:
        come_into_force(row, at)
    mails.returned(row, at)


def come_into_force(row: Agreement, at: datetime) -> None:
    """Both have signed, or the one who has to: it counts from now on, and takes the place of the one before."""
    row.effective_at = at
    policy = policy_of(row)
    _supersede(row, at)
    if rules.is_renewed(row.kind, policy) and row.signed_at:
        _open_term(row, policy, row.signed_at)
    db.session.flush()
    for held in _licenses(row):
        holds.lift(held, HoldKind.AGREEMENT, at, hold_source(row.kind))
    publish(AgreementInForce(row.id, row.kind, row.agency_id, row.person_id, at))


def _open_term(row: Agreement, policy: Policy, signed_at: datetime) -> None:
    """It lasts until it is to be signed again (MO-LI-5)."""
    told = f"{row.signer_name} signed {row.document.title}"
    decision = policy.due(ClockName.AGREEMENT_TERM, signed_at, row.agency.zone, closed_days(row.lead_id), told)
    clock = open_deadline(
        TERM, row, decision, title=f"Sign again: {row.document.title}", lead_id=row.lead_id, coc_id=row.coc_id,
        agency_id=row.agency_id, holder="agency", warn_before=rules.reminders(policy),
    )  # fmt: skip
    row.ends_at = clock.fire_at


def _supersede(row: Agreement, at: datetime) -> None:
    """The one before, of the same party and document, has done its work."""
    earlier = select(Agreement).where(
        Agreement.document_id == row.document_id, Agreement.agency_id == row.agency_id, Agreement.id != row.id,
        Agreement.person_id.is_not_distinct_from(row.person_id),
        Agreement.other_agency_id.is_not_distinct_from(row.other_agency_id),
        Agreement.state.in_([State.SIGNED, State.COUNTERSIGNED]),
    )  # fmt: skip
    for one in db.session.scalars(earlier.order_by(Agreement.id).with_for_update(of=Agreement)):
        _move(one, Act.SUPERSEDE)
        one.over_at, one.over_reason = at, "It was signed anew."
        for clock in _clocks(one, TERM):
            meet(clock, at, "It was signed anew.")
        record("agreement.superseded", one, data={"by": row.id})


def revoke(row: Agreement, reason: str, by: Principal, at: datetime) -> None:
    """The Lead ends it before its time; the licenses that rest on it wait. The row must be locked."""
    must_say(reason, "For example: the agency has been told in writing that it is in default.")
    _move(row, Act.REVOKE)
    row.over_at, row.over_by_id, row.over_reason = at, by.person_id, reason
    record("agreement.revoked", row, data={"reason": reason})
    for clock in _clocks(row, TERM):
        cancel(clock, at, "It was revoked.")
    lapse(row, f"{row.document.title} was revoked: {reason}", at)


def withdraw(row: Agreement, reason: str, at: datetime) -> None:
    """It need not be signed after all. The row must be locked."""
    _move(row, Act.WITHDRAW)
    row.over_at, row.over_reason = at, reason
    for clock in _clocks(row, SIGNING):
        cancel(clock, at, reason)
    record("agreement.withdrawn", row, data={"reason": reason})


def expire(row: Agreement, at: datetime) -> None:
    """Its time ran out (MO-LI-5). The row must be locked."""
    if (row.state, Act.EXPIRE) not in TRANSITIONS:
        return
    _move(row, Act.EXPIRE)
    row.over_at, row.over_reason = row.ends_at or at, "It was not signed again in time."
    record("agreement.expired", row, data={"document": row.document.title})
    lapse(row, f"{row.document.title} was not signed again in time.", at)


def not_signed_in_time(row: Agreement, at: datetime) -> None:
    """What was sent is unsigned at its due time; an earlier version that still held ends with it (HUD-LI-4)."""
    if row.state is not State.SENT:
        return
    row.lapsed_at = at
    earlier = select(Agreement).where(
        Agreement.document_id == row.document_id, Agreement.agency_id == row.agency_id, Agreement.id != row.id,
        Agreement.person_id.is_not_distinct_from(row.person_id),
        Agreement.state.in_([State.SIGNED, State.COUNTERSIGNED]),
    )  # fmt: skip
    for one in db.session.scalars(earlier.with_for_update(of=Agreement)):
        _move(one, Act.EXPIRE)
        one.over_at, one.over_reason = at, f"Version {row.version.number} was not signed in time."
        for clock in _clocks(one, TERM):
            cancel(clock, at, "A newer version was not signed in time.")
    record("agreement.not-signed", row, data={"document": row.document.title})
    lapse(row, f"{row.document.title} was not signed in time.", at)


def lapse(row: Agreement, words: str, at: datetime) -> None:
    """What follows, by the manual: where it gives no license without this document, the licenses wait (MO-LI-1)."""
    db.session.flush()
    policy = policy_of(row)
    if rules.locks_without(row.kind, policy) and not _another_holds(row, at):
        line = rules.kinds_asked(policy)[row.kind]
        for held in _licenses(row):
            holds.hold(held, HoldKind.AGREEMENT, hold_source(row.kind), f"{words} ({line.rule})", at)
    publish(AgreementLapsed(row.id, row.kind, row.agency_id, row.person_id, words, at))


def hold_source(kind: Kind) -> str:
    return f"document:{kind}"


def _another_holds(row: Agreement, at: datetime) -> bool:
    """Whether the party has signed another document of the same kind that counts."""
    same = (Agreement.agency_id == row.agency_id, Agreement.person_id.is_not_distinct_from(row.person_id))
    query = select(Agreement.id).where(*same, Agreement.kind == row.kind, Agreement.id != row.id)
    return db.session.scalar(query.where(Agreement.in_force(at)).limit(1)) is not None


def _licenses(row: Agreement) -> list[License]:
    """Those that rest on it, locked: the person's at the agency, or all of the agency's."""
    if row.kind is Kind.COORDINATED:
        return []
    query = select(License).where(License.agency_id == row.agency_id, License.state != LicenseState.ENDED)
    query = query.where(License.person_id == row.person_id) if row.person_id else query
    locked = query.order_by(License.id).with_for_update(of=License).execution_options(populate_existing=True)
    return list(db.session.scalars(locked))


def clocks_of(row: Agreement) -> list[Deadline]:
    return deadlines_of(row, SIGNING, TERM)


def _clocks(row: Agreement, kind: str) -> list[Deadline]:
    return [clock for clock in deadlines_of(row, kind) if clock.is_open or clock.is_missed]


def _move(row: Agreement, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise Conflict(f"This agreement is {row.state}.", "Load the page again to see how it stands.")
    row.state = following


def _who(row: Agreement, people: list[Person]) -> str:
    if people:
        return " or ".join(person.name for person in people)
    words = {DesignationKind.EXECUTIVE_DIRECTOR: "executive director"}
    kinds = [words.get(kind, kind.replace("-", " ")) for kind in rules.signers(policy_of(row))]
    return f"the {' or '.join(kinds)} of {(row.other_agency or row.agency).name}, and nobody is named as one"


def send_coordinated(
    version: DocumentVersion, person: Person, home: Agency, other: Agency, policy: Policy, at: datetime
) -> Agreement:
    """A named user is to act for another named agency, whose signer decides (VT-LI-1); asked twice it is once."""
    if not rules.has_coordinated(policy):
        raise Conflict("This community's manual has no such agreement.")
    if home.id == other.id:
        raise Invalid("They work at this agency already.", "Choose the agency for which they are to act.", "other")
    decision = policy.due(ClockName.AGREEMENT_SIGNING, at, other.zone, closed_days(other.lead_id))
    values = BLANK | {
        "lead_id": home.lead_id, "coc_id": home.coc_id, "agency_id": home.id, "person_id": person.id,
        "other_agency_id": other.id, "document_id": version.document_id, "version_id": version.id,
        "kind": Kind.COORDINATED, "state": State.SENT, "sent_at": at, "due_at": decision.due.replace(microsecond=0),
        "pack": policy.pack, "pack_version": policy.version,
    }  # fmt: skip
    number = db.session.scalar(insert(Agreement).values(**values).on_conflict_do_nothing().returning(Agreement.id))
    if number is None:
        known = select(Agreement).where(
            Agreement.document_id == version.document_id, Agreement.person_id == person.id,
            Agreement.agency_id == home.id, Agreement.other_agency_id == other.id,
        )  # fmt: skip
        return db.session.scalars(known.order_by(Agreement.id.desc()).limit(1)).one()
    row = db.session.get_one(Agreement, number)
    open_deadline(
        SIGNING, row, decision, title=f"Sign: {version.document.title}, {person.name}", lead_id=row.lead_id,
        coc_id=row.coc_id, agency_id=other.id, holder="agency", warn_before=rules.reminders(policy),
    )  # fmt: skip
    record("agreement.sent", row, data={"document": version.document.title, "for": other.id, "person": person.id})
    return row
