from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict as Clash
from core.errors import Forbidden, Invalid
from core.once import one_at_a_time
from core.people.models import Agency, StaffRole
from core.policy import Policy, catalog
from core.policy.vocabulary import ClockName
from core.typed import refuse_client_data
from helpdesk.matters.conflicts import mails, rules
from helpdesk.matters.conflicts.models import Conflict, ConflictStatement
from helpdesk.matters.conflicts.rules import TRANSITIONS, Act, ConflictState, Side
from helpdesk.matters.permissions import Permission
from helpdesk.matters.places import is_of_the_lead
from helpdesk.matters.policies import due_at_agency, policy_at
from helpdesk.matters.seats.services import holders, sits

MANAGER, IMPASSE = str(ClockName.CONFLICT_MANAGER), str(ClockName.CONFLICT_IMPASSE)
REMIND = {MANAGER: (timedelta(days=7), timedelta(days=1)), IMPASSE: (timedelta(days=2),)}


def side_of(principal: Principal, agency: Agency) -> Side | None:
    """For whom this person speaks: the Lead's staff for the Lead, whatever else they are."""
    if not principal.can(Permission.CONFLICT_STATE, agency=agency):
        return None
    return Side.LEAD if is_of_the_lead(principal, agency) else Side.AGENCY


def _offices(principal: Principal, row: Conflict) -> dict[str, bool]:
    return {
        "is_manager": principal.can(Permission.CONFLICT_MANAGE, agency=row.agency),
        "is_director": sits(principal, StaffRole.ASSISTANT_DIRECTOR, row.lead_id, row.coc_id),
    }


def acts_of(principal: Principal, row: Conflict) -> frozenset[Act]:
    """What this person may do with it now."""
    return rules.acts(
        row.state,
        side_of(principal, row.agency),
        **_offices(principal, row),
        signed=[side for side in Side if row.signed_at(side)],
        has_settlement=bool(row.settlement),
    )


def policy_of(row: Conflict) -> Policy:
    return catalog.version(row.pack, row.pack_version)


def open_conflict(agency: Agency, by: Principal, title: str, text: str, once: str, at: datetime) -> Conflict:
    """One side writes down what it disagrees about; the other is told."""
    one_at_a_time(once)
    if earlier := db.session.scalar(select(Conflict).where(Conflict.once == once)):
        return _same_form(earlier, by)
    policy = policy_at(agency.coc, at)
    if not rules.has_ladder(policy):
        raise Invalid(
            "This community's manual has no ladder for conflicts between an agency and the HMIS Lead.",
            "Open a ticket, or tell it as a complaint; both can be passed on to the CoC.",
        )
    side = side_of(by, agency)
    if side is None:
        raise Forbidden("Only who speaks for the agency, or the HMIS Lead, opens a conflict.")
    _written(title, "title")
    row = Conflict(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        coc=agency.coc,
        agency_id=agency.id,
        agency=agency,
        title=title,
        state=ConflictState.NOTED,
        opened_by_id=by.person_id,
        opened_at=at,
        pack=policy.pack,
        pack_version=policy.version,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    record("conflict.opened", row, data={"side": side})
    _say(row, side, by.person_id, text, f"{once}:first"[:80], at)
    mails.opened(row, side, at)
    return row


def _same_form(earlier: Conflict, by: Principal) -> Conflict:
    if earlier.opened_by_id != by.person_id:
        raise Clash("This form was sent before.", "Load the page again to start a new one.")
    return earlier


def _written(words: str, field: str) -> None:
    if not words:
        raise Invalid("Write it down; a conflict is settled in writing.", field=field)
    refuse_client_data(words, field)


def _say(row: Conflict, side: Side, person_id: int, text: str, once: str, at: datetime) -> None:
    _written(text, "text")
    said = ConflictStatement(conflict=row, side=side, person_id=person_id, at=at, text=text, once=once)
    db.session.add(said)
    db.session.flush()
    record("conflict.stated", row, data={"side": side, "statement": said.id})


def state(row: Conflict, by: Principal, text: str, once: str, at: datetime) -> None:
    """Either side adds to what is written."""
    one_at_a_time(once)
    if db.session.scalar(select(ConflictStatement.id).where(ConflictStatement.once == once)):
        return
    side = _must(row, Act.STATE, by)
    _say(row, side, by.person_id, text, once, at)
    mails.stated(row, side, at)


def forward(row: Conflict, by: Principal, at: datetime) -> None:
    """What stays unresolved goes, as it is written, to the Lead's manager."""
    _must(row, Act.FORWARD, by)
    _move(row, Act.FORWARD)
    row.forwarded_at = at
    record("conflict.forwarded", row)
    mails.forwarded(row, at)


def take_up(row: Conflict, by: Principal, at: datetime) -> None:
    """From now the manager has the time that the pack gives (SON-HD-11)."""
    _must(row, Act.TAKE_UP, by)
    _move(row, Act.TAKE_UP)
    row.taken_up_at, row.taken_up_by_id = at, by.person_id
    _open_clock(row, ClockName.CONFLICT_MANAGER, at, f"Settle conflict {row.id}, {row.agency.name}")
    record("conflict.taken-up", row)
    mails.taken_up(row, at)


def declare_impasse(row: Conflict, by: Principal, at: datetime) -> None:
    """Either party may; the data committee is told at once where it has members, else within the pack's time."""
    side = _must(row, Act.DECLARE_IMPASSE, by)
    _move(row, Act.DECLARE_IMPASSE)
    row.impasse_at, row.impasse_side = at, side
    _end_clock(row, MANAGER, at, "An impasse was declared.")
    _open_clock(row, ClockName.CONFLICT_IMPASSE, at, f"Tell the data committee of conflict {row.id}")
    record("conflict.impasse", row, data={"side": side})
    mails.impasse(row, at)
    if members := holders(StaffRole.DATA_COMMITTEE, row.lead_id, row.coc_id, at):
        _committee_told(row, f"By mail to its {len(members)} members", at)


def tell_committee(row: Conflict, by: Principal, how: str, at: datetime) -> None:
    """The Lead says how the committee was told, where the service could not do it."""
    _must(row, Act.TELL_COMMITTEE, by)
    if not how:
        raise Invalid("Say how the committee was told.", "For example at its meeting of November 12.", field="how")
    refuse_client_data(how, "how")
    _committee_told(row, how, at)


def _committee_told(row: Conflict, how: str, at: datetime) -> None:
    _move(row, Act.TELL_COMMITTEE)
    row.committee_told_at, row.committee_told_how = at, how
    for clock in deadlines_of(row, IMPASSE):
        if clock.is_open:
            meet(clock, at, how)
    record("conflict.committee-told", row, data={"how": how})
    mails.committee_told(row, at)
    to_director(row, at)


def run_out(row: Conflict, at: datetime) -> None:
    """The manager's time is over and nothing is settled."""
    _move(row, Act.RUN_OUT)
    record("conflict.time-over", row)
    to_director(row, at)


def to_director(row: Conflict, at: datetime) -> None:
    row.with_director_at = at
    mails.with_director(row, at)


def propose(row: Conflict, by: Principal, text: str, at: datetime) -> None:
    """A settlement in writing, signed by who proposes it; other words than before need both signatures anew."""
    side = _must(row, Act.PROPOSE, by)
    _written(text, "settlement")
    _move(row, Act.PROPOSE)
    row.settlement = text
    row.sign(side.other, None, None)
    row.sign(side, by.person_id, at)
    record("conflict.settlement-proposed", row, data={"side": side})
    mails.proposed(row, side, at)


def sign(row: Conflict, by: Principal, at: datetime) -> None:
    """Once both sides have signed it is settled."""
    side = _must(row, Act.SIGN, by)
    _move(row, Act.SIGN)
    row.sign(side, by.person_id, at)
    record("conflict.signed", row, data={"side": side})
    if row.agency_signed_at and row.lead_signed_at:
        _move(row, Act.SETTLE)
        _end_clock(row, MANAGER, at, "Settled in writing.")
        _end_clock(row, IMPASSE, at, "Settled in writing.")
        record("conflict.settled", row)
        mails.over(row, at)


def decide(row: Conflict, by: Principal, words: str, at: datetime) -> None:
    """The assistant director's word, once and for good (SON-HD-11)."""
    if row.state is ConflictState.DECIDED:
        raise Clash("This conflict is decided, and the decision is final.", "Load the page again to read it.")
    _must(row, Act.DECIDE, by)
    _written(words, "decision")
    _move(row, Act.DECIDE)
    row.decision, row.decided_at, row.decided_by_id = words, at, by.person_id
    record("conflict.decided", row)
    mails.over(row, at)


def _must(row: Conflict, act: Act, by: Principal) -> Side:
    """For whom the person does it; Forbidden where it is not theirs, Clash where the conflict stands elsewhere."""
    side = side_of(by, row.agency)
    if act not in rules.acts_ever(side, **_offices(by, row)):
        raise Forbidden(f"This is for {rules.BY[act]}.", "The page says whose turn it is.", rule="SON-HD-11")
    if act not in acts_of(by, row):
        told = f"This conflict is {row.state}, so you cannot {act} it."
        raise Clash(told, "Load the page again to see how it stands.")
    return side or Side.LEAD


def _move(row: Conflict, act: Act) -> None:
    row.state = TRANSITIONS[row.state, act]


def _open_clock(row: Conflict, clock: ClockName, at: datetime, title: str) -> Deadline:
    return open_deadline(
        str(clock),
        row,
        due_at_agency(policy_of(row), clock, at, row.agency),
        title=title,
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        holder="lead",
        warn_before=REMIND[str(clock)],
    )


def _end_clock(row: Conflict, kind: str, at: datetime, why: str) -> None:
    for clock in deadlines_of(row, kind):
        if not clock.is_open:
            continue
        if row.state is ConflictState.SETTLED and kind == MANAGER:
            meet(clock, at, why)
        else:
            cancel(clock, at, why)
