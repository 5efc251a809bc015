from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select

from core.audit import acting_as, record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.once import one_at_a_time
from core.people.models import Agency, CoC, Person
from core.policy import Policy, catalog
from core.policy.vocabulary import LadderName
from core.typed import refuse_client_data
from helpdesk.matters import mails
from helpdesk.matters.complaints import people, queries, rules
from helpdesk.matters.complaints.models import Complaint, ComplaintStay
from helpdesk.matters.complaints.rules import TRANSITIONS, Act, Channel, Kind, Missing, Route, Step
from helpdesk.matters.policies import policy_at

NOBODY_KNOWN = "somebody who stays anonymous"


@dataclass(frozen=True)
class Said:
    """A complaint as it was written; `once` is the same however often one form is sent."""

    kind: Kind
    agency: str
    about: str
    when_said: str
    text: str
    once: str
    is_about_lead: bool = False
    is_anonymous: bool = False
    address: str = ""


class SaysTooLittle(Invalid):
    """What the complaint must still say, for every field it concerns."""

    def __init__(self, missing: list[Missing]) -> None:
        first = missing[0]
        super().__init__(first.sentence, "", first.field, first.rule or None)
        self.missing = missing


def file_complaint(said: Said, by: Person | None, cocs: list[CoC], channel: Channel, at: datetime) -> Complaint:
    """Write it down and send it on its way, around whoever it is about (VT-HD-3, VT-HD-4).

    Raises Invalid for what it does not say, for an agency nobody knows, a client's data, or one about oneself.
    """
    one_at_a_time(said.once)
    if earlier := db.session.scalar(select(Complaint).where(Complaint.once == said.once)):
        return _same_form(earlier, by, said)
    agency = _checked(said, cocs, at)
    policy = policy_at(agency.coc, at)
    subjects = people.meant(said.about, agency)
    _must_be_about_another(subjects, by)
    is_about_lead = _is_about_lead(said, subjects, by, agency, at)
    way = _route(policy, said.kind, agency, subjects, at, is_about_lead=is_about_lead)
    row = _write(said, by, agency, policy, subjects, channel, at, is_about_lead=is_about_lead)
    with _actor_of(row):
        _come_to(row, way, at, reason="", by=None)
        record("complaint.filed", row, data={"kind": row.kind, "step": row.step, "rule": way.rule})
    if by is not None:
        says = f"We have what you told us, as number {row.id}. You can follow it on its page."
        mails.tell([by], row, f"/complaints/{row.id}", says, once="filed")
    return row


def _same_form(earlier: Complaint, by: Person | None, said: Said) -> Complaint:
    if earlier.complainant_id != (by.id if by else None) or earlier.text != said.text:
        raise Conflict("This form was sent before.", "Load the page again to start a new one.")
    return earlier


def _checked(said: Said, cocs: list[CoC], at: datetime) -> Agency:
    told = {name: getattr(said, name) for name in ("about", "agency", "text", "when_said")}
    for name, words in told.items():
        refuse_client_data(words, name)
    agency = queries.agency_named(said.agency, cocs) if said.agency else None
    policy = policy_at(agency.coc if agency else cocs[0], at) if cocs else None
    if lacking := rules.missing(policy, said.kind, told):
        raise SaysTooLittle(lacking)
    if agency is None:
        alike = queries.agencies_like(said.agency, cocs)
        advice = f"Did you mean {' or '.join(alike)}?" if alike else "Write its name as it stands on its papers."
        raise Invalid("No agency of that name takes part here.", advice, field="agency")
    if said.kind is Kind.PRIVACY and not policy_at(agency.coc, at).has(LadderName.PRIVACY_COMPLAINT):
        raise Invalid(
            "This community's manual has no way of its own for complaints about privacy.",
            "Tell of it as a violation; it then goes to the HMIS Lead.",
            field="kind",
        )
    return agency


def _must_be_about_another(subjects: list[Person], by: Person | None) -> None:
    if by is not None and [person.id for person in subjects] == [by.id]:
        raise Invalid("This would be a complaint about yourself.", "Name the person it is about.", field="about")


def _is_about_lead(said: Said, subjects: list[Person], by: Person | None, agency: Agency, at: datetime) -> bool:
    """Whether anybody of the Lead may be meant. Who says so names somebody the Lead knows: only that person can be
    kept from reading it."""
    serving = people.of_the_lead(subjects, agency, at)
    if said.is_about_lead and not serving:
        known = f" as it is known here: {', '.join(people.names_at_the_lead(agency, at))}" if by else " in full"
        raise Invalid(
            "Nobody of that name works for the HMIS Lead, so we could not keep it from them.",
            f"Write the name{known}.",
            field="about",
            rule="VT-HD-3",
        )
    return bool(serving)


def _route(
    policy: Policy,
    kind: Kind,
    agency: Agency,
    subjects: list[Person],
    at: datetime,
    *,
    is_about_lead: bool = False,
    step: Step | None = None,
) -> Route:
    begin = step or rules.first_step(kind, is_about_lead=is_about_lead)
    complained_of = frozenset(person.id for person in subjects)
    way = rules.route(policy, kind, begin, partial(people.holders_at, agency, at=at), complained_of)
    if way is None:
        raise Conflict(
            "Nobody is named yet who could take this up without being part of it.",
            f"Speak with {rules.WHO[begin]} directly, and ask the HMIS Lead to name them here.",
            rule="VT-HD-3" if is_about_lead else None,
        )
    return way


def _write(
    said: Said,
    by: Person | None,
    agency: Agency,
    policy: Policy,
    subjects: list[Person],
    channel: Channel,
    at: datetime,
    *,
    is_about_lead: bool,
) -> Complaint:
    row = Complaint(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        coc=agency.coc,
        agency_id=agency.id,
        agency=agency,
        kind=said.kind,
        about=said.about,
        is_about_lead=is_about_lead,
        when_said=said.when_said,
        text=said.text,
        channel=channel,
        complainant=by,
        complainant_address=said.address,
        is_anonymous=said.is_anonymous,
        filed_at=at,
        state=rules.ComplaintState.OPEN,
        step=rules.first_step(said.kind, is_about_lead=is_about_lead),
        seen_by=[],
        acted_by=[],
        subjects=subjects,
        pack=policy.pack,
        pack_version=policy.version,
        once=said.once,
    )
    db.session.add(row)
    db.session.flush()
    return row


@contextmanager
def _actor_of(row: Complaint) -> Iterator[None]:
    """The trail does not name who wishes to stay anonymous; the row itself knows."""
    with acting_as(NOBODY_KNOWN) if row.is_anonymous else nullcontext():
        yield


def _come_to(row: Complaint, way: Route, at: datetime, *, reason: str, by: Principal | None) -> None:
    """It reaches a step: its offices see it from now on, and it is their turn."""
    offices = [str(office) for office in rules.OFFICES[way.step]]
    row.step, row.acted_by = way.step, offices
    row.seen_by = [*row.seen_by, *(office for office in offices if office not in row.seen_by)]
    stay = ComplaintStay(
        complaint=row,
        step=way.step,
        since=at,
        rule=way.rule,
        because=list(way.explanation["because"]),
        reason=reason,
        passed_by_id=by.person_id if by else None,
    )
    db.session.add(stay)
    db.session.flush()
    says = f"Something has come to you as {rules.WHO[way.step]}. Only those it is for can open it."
    told = people.persons(holder.person_id for holder in way.people)
    mails.tell(told, row, f"/complaints/{row.id}", says, once=f"step-{stay.id}")


def route_of(row: Complaint, at: datetime) -> Route | None:
    """Who has it now, and why; from the people in office at that instant."""
    policy = policy_of(row)
    complained_of = frozenset(person.id for person in row.subjects)
    return rules.route(policy, row.kind, row.step, partial(people.holders_at, row.agency, at=at), complained_of)


def policy_of(row: Complaint) -> Policy:
    return catalog.version(row.pack, row.pack_version)


def may_act(principal: Principal, row: Complaint) -> bool:
    """Whether it is this person's turn; a person complained of does not even see it."""
    is_open = row.state is rules.ComplaintState.OPEN
    return is_open and bool(queries.offices_at(principal, row) & set(row.acted_by))


def steps_up(row: Complaint) -> tuple[Step, ...]:
    return rules.steps_up(policy_of(row), row.kind, row.step, [stay.step for stay in row.stays])


def pass_up(row: Complaint, to: Step | None, reason: str, by: Principal, at: datetime) -> None:
    """Pass on what cannot be settled here: up the ladder, or to the CoC or its data committee (HUD-HD-2, VT-HD-4)."""
    _must_act(row, by)
    above = steps_up(row)
    if not above:
        raise Conflict("There is nobody above this step.", "Answer it here.")
    wanted = to or above[0]
    if wanted not in above:
        raise Invalid("It cannot be passed on to there.", "Choose one of those that are offered.", field="to")
    _reasoned(reason, "reason")
    _move(row, Act.HAND_UP)
    way = _route(policy_of(row), row.kind, row.agency, row.subjects, at, step=wanted)
    _come_to(row, way, at, reason=reason, by=by)
    record("complaint.passed-on", row, data={"step": row.step, "rule": way.rule})


def name_subject(row: Complaint, about: str, by: Principal, at: datetime) -> None:
    """Say who is meant, once that is known: from then on they cannot see it, and it goes around them."""
    _must_act(row, by)
    refuse_client_data(about, "about")
    found = [person for person in people.meant(about, row.agency) if person not in row.subjects]
    if not found:
        raise Invalid("Nobody of that name or address works there.", "Look it up on the agency's page.", field="about")
    _move(row, Act.NAME)
    was_about_lead = row.is_about_lead
    row.subjects = [*row.subjects, *found]
    row.is_about_lead = was_about_lead or bool(people.of_the_lead(found, row.agency, at))
    record("complaint.named", row, data={"people": len(found)})
    if row.kind is Kind.VIOLATION and row.is_about_lead and not was_about_lead:
        row.seen_by = []
        way = _route(policy_of(row), row.kind, row.agency, row.subjects, at, is_about_lead=True)
        _come_to(row, way, at, reason="It turned out to be about somebody of the HMIS Lead.", by=by)


def answer(row: Complaint, words: str, by: Principal, at: datetime) -> None:
    """What was found and what follows. Once: a second answer, sent at the same time, is refused."""
    if row.state is not rules.ComplaintState.OPEN:
        raise Conflict("This was answered before.", "Load the page again to read the answer.")
    _must_act(row, by)
    _reasoned(words, "answer")
    _move(row, Act.ANSWER)
    row.answer, row.answered_by_id, row.answered_at = words, by.person_id, at
    record("complaint.answered", row, data={"step": row.step, "final": row.step in rules.FINAL})
    if row.complainant is not None:
        says = f"What you told us (number {row.id}) has an answer. Read it on its page."
        mails.tell([row.complainant], row, f"/complaints/{row.id}", says, once="answered")


def _reasoned(words: str, field: str) -> None:
    if not words:
        raise Invalid("Say it in a few words.", "Whoever reads it next knows no more than this.", field=field)
    refuse_client_data(words, field)


def _must_act(row: Complaint, by: Principal) -> None:
    if not may_act(by, row):
        raise Forbidden("It is not your turn with this complaint.", f"It is with {rules.WHO[row.step]}.")


def _move(row: Complaint, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise Conflict(f"This complaint is {row.state}, so you cannot {act} it.", "Load the page again to see it.")
    row.state = following


def knows_complainant(principal: Principal, row: Complaint) -> bool:
    if row.complainant_id == principal.person_id:
        return True
    return rules.may_know_complainant(queries.offices_at(principal, row), is_anonymous=row.is_anonymous)
