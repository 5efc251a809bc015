from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import deadlines_of, meet, open_deadline
from core.errors import Conflict, Forbidden, Invalid
from core.once import one_at_a_time
from core.people.models import Agency, AgencyStatus, CoC, Designation, DesignationKind, Person, StaffRole
from core.policy import Policy, catalog
from core.policy.vocabulary import ClockName
from core.typed import refuse_client_data
from core.ui import times
from helpdesk.matters.changes import mails, rules
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery, PolicyVote
from helpdesk.matters.changes.rules import TRANSITIONS, Act, ChangeState, Choice, Tally
from helpdesk.matters.policies import due, due_at_agency, policy_at
from helpdesk.matters.seats.services import holders, sits

FORWARDING, ACKNOWLEDGEMENT = str(ClockName.POLICY_FORWARDING), str(ClockName.POLICY_ACKNOWLEDGEMENT)
REMIND_FORWARDING = (timedelta(days=2),)
REMIND_ACKNOWLEDGEMENT = (timedelta(days=4), timedelta(days=1))


def policy_of(row: PolicyChange) -> Policy:
    return catalog.version(row.pack, row.pack_version)


def propose(
    coc: CoC, agency: Agency | None, by: Principal, title: str, text: str, once: str, at: datetime
) -> PolicyChange:
    """Put a proposal on the list; an agency's own comes from its executive director (SON-HD-12)."""
    one_at_a_time(once)
    if earlier := db.session.scalar(select(PolicyChange).where(PolicyChange.once == once)):
        return _same_form(earlier, by)
    policy = policy_at(coc, at)
    if not rules.has_ladder(policy):
        raise Invalid(
            "This community's manual does not say how its policies are changed.", "Speak with the HMIS Lead about it."
        )
    for words, field in ((title, "title"), (text, "text")):
        if not words:
            raise Invalid("Write down what should change.", field=field)
        refuse_client_data(words, field)
    row = PolicyChange(
        lead_id=coc.lead_id,
        coc_id=coc.id,
        coc=coc,
        agency=agency,
        title=title,
        text=text,
        proposed_by_id=by.person_id,
        proposed_at=at,
        state=ChangeState.LISTED,
        pack=policy.pack,
        pack_version=policy.version,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    record("policy-change.listed", row, data={"title": title})
    return row


def _same_form(earlier: PolicyChange, by: Principal) -> PolicyChange:
    if earlier.proposed_by_id != by.person_id:
        raise Conflict("This form was sent before.", "Load the page again to start a new one.")
    return earlier


def members(row: PolicyChange, at: datetime) -> list[Person]:
    return holders(StaffRole.DATA_COMMITTEE, row.lead_id, row.coc_id, at)


def tally(row: PolicyChange, at: datetime) -> Tally:
    votes = {vote.person_id: vote.choice for vote in row.votes}
    return rules.tally([person.id for person in members(row, at)], votes)


def put_to_vote(row: PolicyChange, at: datetime) -> None:
    voters = members(row, at)
    if not voters:
        raise Conflict(
            "Nobody sits in the data committee yet.", "Ask an administrator of the HMIS Lead to name its members."
        )
    _move(row, Act.PUT_TO_VOTE)
    row.put_to_vote_at = at
    record("policy-change.put-to-vote", row, data={"members": len(voters)})
    mails.to_vote(row, voters)


def is_member(principal: Principal, row: PolicyChange) -> bool:
    return sits(principal, StaffRole.DATA_COMMITTEE, row.lead_id, row.coc_id)


def vote(row: PolicyChange, by: Principal, choice: str, at: datetime) -> None:
    """One vote a member; the outcome follows by itself once a majority is for it, or none can be (SON-HD-12)."""
    if not is_member(by, row):
        raise Forbidden("Only members of the data committee vote.", rule="SON-HD-12")
    if choice not in set(Choice):
        raise Invalid("Choose for, against, or abstain.", field="choice")
    _move(row, Act.VOTE)
    values = {"change_id": row.id, "person_id": by.person_id, "choice": Choice(choice), "at": at}
    told = insert(PolicyVote).values(**values)
    changed = {"choice": Choice(choice), "at": at}
    db.session.execute(told.on_conflict_do_update(index_elements=["change_id", "person_id"], set_=changed))
    db.session.expire(row, ["votes"])
    record("policy-change.voted", row, data={"choice": choice})
    count = tally(row, at)
    if count.outcome is not None:
        _move(row, count.outcome)
        row.voted_at = at
        record(f"policy-change.{row.state}", row, data={"tally": count.sentence})
        mails.voted(row, at)


def board_decides(row: PolicyChange, by: Principal, day: date, note: str, at: datetime, *, approves: bool) -> None:
    """What the CoC's board decided, and when; the Lead writes it down."""
    zone = ZoneInfo(row.coc.tz)
    today = at.astimezone(zone).date()
    if day > today:
        raise Invalid("That day has not come yet.", "Give the day on which the board decided.", field="day")
    if row.voted_at is not None and day < row.voted_at.astimezone(zone).date():
        since = times.say_day(row.voted_at.astimezone(zone).date())
        raise Invalid(f"The data committee voted on {since}, so the board decided later.", field="day")
    refuse_client_data(note, "note")
    _move(row, Act.ADOPT if approves else Act.REFUSE)
    row.board_note, row.board_recorded_by_id = note, by.person_id
    record(f"policy-change.{row.state}", row, data={"day": day, "note": note})
    if not approves:
        return
    row.adopted_at = at if day == today else datetime.combine(day, time(12), zone)
    decision = due(policy_of(row), ClockName.POLICY_FORWARDING, row.adopted_at, row.coc.tz, row.lead_id)
    open_deadline(
        FORWARDING,
        row,
        decision,
        title=f"Forward to all executive directors: {row.title}"[:300],
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        warn_before=REMIND_FORWARDING,
    )


def forward(row: PolicyChange, at: datetime) -> tuple[int, list[str]]:
    """To every executive director of the community, each with a clock of their own (SON-HD-12).

    Again, it reaches those agencies that had nobody to deliver it to. Returns how many got it, and who could not.
    """
    _move(row, Act.FORWARD)
    known = {d.agency_id: d for d in deliveries(row)}
    directors = _directors(row.coc_id, at)
    reached, without = 0, []
    for agency in _agencies(row.coc_id):
        delivery = known.get(agency.id) or PolicyDelivery(change=row, agency=agency)
        db.session.add(delivery)
        if delivery.delivered_at is not None:
            continue
        if agency.id not in directors:
            without.append(agency.name)
            continue
        delivery.delivered_at = at
        db.session.flush()
        _deliver(row, delivery, directors[agency.id], at)
        reached += 1
    row.forwarded_at = row.forwarded_at or at
    for clock in deadlines_of(row, FORWARDING):
        if clock.is_open:
            meet(clock, at, f"Forwarded to {reached} executive directors")
    record("policy-change.forwarded", row, data={"reached": reached, "without": len(without)})
    return reached, without


def _deliver(row: PolicyChange, delivery: PolicyDelivery, directors: list[Person], at: datetime) -> None:
    agency = delivery.agency
    clock = open_deadline(
        ACKNOWLEDGEMENT,
        delivery,
        due_at_agency(policy_of(row), ClockName.POLICY_ACKNOWLEDGEMENT, at, agency),
        title=f"Acknowledge: {row.title}, {agency.name}"[:300],
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=agency.id,
        holder="agency",
        warn_before=REMIND_ACKNOWLEDGEMENT,
    )
    mails.forwarded(row, delivery, directors, clock)


def deliveries(row: PolicyChange) -> list[PolicyDelivery]:
    return list(db.session.scalars(select(PolicyDelivery).where(PolicyDelivery.change_id == row.id)))


def _agencies(coc_id: int) -> list[Agency]:
    query = select(Agency).where(Agency.coc_id == coc_id, Agency.status != AgencyStatus.ENDED)
    return list(db.session.scalars(query.order_by(Agency.name, Agency.id)))


def _directors(coc_id: int, at: datetime) -> dict[int, list[Person]]:
    """The executive directors of a CoC's agencies at that instant, by agency."""
    query = (
        select(Designation.agency_id, Person)
        .join(Person, Person.id == Designation.person_id)
        .join(Agency, Agency.id == Designation.agency_id)
        .where(
            Agency.coc_id == coc_id,
            Designation.kind == DesignationKind.EXECUTIVE_DIRECTOR,
            Designation.started_on <= at.date(),
            or_(Designation.ended_at.is_(None), Designation.ended_at > at),
        )
    )
    found: dict[int, list[Person]] = {}
    for agency_id, person in db.session.execute(query.order_by(Designation.id)):
        found.setdefault(agency_id, []).append(person)
    return found


def acknowledge(delivery: PolicyDelivery, by: Principal, at: datetime) -> None:
    """Receipt and acceptance, by the agency's executive director; once."""
    if delivery.delivered_at is None:
        raise Conflict("This has not been delivered to your agency yet.")
    if delivery.acknowledged_at is not None:
        raise Conflict("Your agency has acknowledged this already.", "Load the page again to see when.")
    delivery.acknowledged_at, delivery.acknowledged_by_id = at, by.person_id
    late = False
    for clock in deadlines_of(delivery, ACKNOWLEDGEMENT):
        late = clock.is_late(at)
        if clock.is_open:
            meet(clock, at, "Acknowledged by the executive director.")
    data = {"agency": delivery.agency_id, "late": late}
    record("policy-change.acknowledged", delivery.change, agency_id=delivery.agency_id, data=data)


def _move(row: PolicyChange, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        told = f"This change is {row.state}, so you cannot {act} it."
        raise Conflict(told, "Load the page again to see how it stands.")
    row.state = following
