"""Counting what somebody did against what they owe, excusing them, and what follows when time runs out.

Rules: MO-TR-8, VT-TR-7, VT-TR-8, VT-TR-9, SON-TR-1, HUD-TR-1, HUD-TR-6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict
from core.events import publish, subscribe
from core.typed import must_say
from core.ui import times
from training.courses.models import CompletionCredit
from training.events import CompletionRevoked, CourseCompleted, TrainingCaughtUp, TrainingLapsed
from training.recertification import locks, mails, rules
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import Act, Owes


@subscribe(CourseCompleted)
def _completed(event: CourseCompleted) -> None:
    recount(event.lead_id, event.person_id, event.credits, event.at)


@subscribe(CompletionRevoked)
def _revoked(event: CompletionRevoked) -> None:
    recount(event.lead_id, event.person_id, event.credits, event.at)


def recount(lead_id: int, person_id: int, earned: Sequence[str], at: datetime) -> None:
    """What of these the person owes, had let lapse or had met, as it stands with what counts now."""
    if not earned:
        return
    locks.while_completing(lead_id)
    rows = _held(lead_id, person_id, earned)
    counts = _counting(lead_id, person_id, earned)
    lapsed = [row for row in rows if row.state is Owes.LAPSED]
    for row in rows:
        _drop_without_ground(row, counts[row.credit])
    for row in rows:
        _recount_one(row, counts[row.credit])
    tell_caught_up([row for row in lapsed if row.state is not Owes.LAPSED], at)


def _held(lead_id: int, person_id: int, earned: Sequence[str]) -> list[Obligation]:
    query = select(Obligation).where(
        Obligation.person_id == person_id, Obligation.lead_id == lead_id, Obligation.credit.in_(earned),
        Obligation.state.in_([Owes.OWED, Owes.LAPSED, Owes.MET]),
        Obligation.campaign_id.not_in(select(Campaign.id).where(Campaign.stopped_at.is_not(None))),
    )  # fmt: skip
    locked = query.order_by(Obligation.id).with_for_update(of=Obligation)
    return list(db.session.scalars(locked.execution_options(populate_existing=True)))


def _counting(lead_id: int, person_id: int, earned: Sequence[str]) -> dict[str, list[datetime]]:
    """When each credit was earned, oldest first."""
    query = select(CompletionCredit.credit, CompletionCredit.at).where(
        CompletionCredit.lead_id == lead_id, CompletionCredit.person_id == person_id,
        CompletionCredit.credit.in_(earned),
    )  # fmt: skip
    found: dict[str, list[datetime]] = defaultdict(list)
    for credit, at in db.session.execute(query.order_by(CompletionCredit.at)):
        found[credit].append(at)
    return found


def _drop_without_ground(row: Obligation, done: Sequence[datetime]) -> None:
    """A round that was counted from a completion which is revoked: the round before it is owed again instead."""
    if row.is_open and row.last_at is not None and row.last_at not in done:
        _move(row, Act.END)
        db.session.flush()
        record("obligation.ended", row, data={"credit": row.credit, "why": "the training before it was revoked"})


def _recount_one(row: Obligation, done: Sequence[datetime]) -> None:
    if row.state is Owes.ENDED:
        return
    counted = [at for at in done if at >= row.from_at]
    row.done = len(counted)
    is_done = row.done >= row.times
    if is_done:
        row.met_at = counted[row.times - 1]
    if is_done and row.is_open:
        _move(row, Act.MEET)
        record("obligation.met", row, data={"credit": row.credit, "late": row.was_late})
    elif not is_done and row.state is Owes.MET:
        _move(row, Act.REOPEN)
        row.met_at = None
        record("obligation.reopened", row, data={"credit": row.credit})


def _move(row: Obligation, act: Act) -> None:
    following = rules.TRANSITIONS.get((row.state, act))
    if following is None:
        raise Conflict(f"This is {SAID[row.state]} already.", "Load the page again to see how it stands.")
    row.state = following


SAID = {
    Owes.OWED: "owed", Owes.MET: "done", Owes.LAPSED: "late", Owes.EXEMPT: "not owed", Owes.ENDED: "over",
}  # fmt: skip


def tell_caught_up(rows: Iterable[Obligation], at: datetime) -> None:
    """Once for each agency (or the Lead's office) where nothing of the person's is late any more."""
    db.session.flush()
    last = {(row.person_id, row.agency_id, row.lead_id): row for row in rows}
    for row in last.values():
        left = select(Obligation.id).where(
            Obligation.person_id == row.person_id, Obligation.lead_id == row.lead_id, Obligation.state == Owes.LAPSED,
            Obligation.agency_id.is_not_distinct_from(row.agency_id),
        )  # fmt: skip
        if db.session.scalar(left.limit(1)) is None:
            publish(TrainingCaughtUp(row.id, row.lead_id, row.person_id, row.agency_id, at))


# ------------------------------------------------------------------ excusing


def excuse(rows: Sequence[Obligation], by: Principal, reason: str, at: datetime) -> None:
    """They need not do it in this round; the rows must be locked. All or none.

    Raises Invalid without a reason, Conflict for one that nobody owes.
    """
    must_say(reason, "For example: on leave until January.")
    lapsed = [row for row in rows if row.state is Owes.LAPSED]
    for row in rows:
        _move(row, Act.EXCUSE)
        row.exempt_by_id, row.exempt_at, row.exempt_reason = by.person_id, at, reason
        record("obligation.excused", row, data={"credit": row.credit, "reason": reason})
    tell_caught_up(lapsed, at)


def owe_again(row: Obligation) -> None:
    """An excuse is taken back; what ran out meanwhile lapses at the next look. The row must be locked."""
    if row.state is not Owes.EXEMPT or row.exempt_by_id is None:
        raise Conflict("Nobody has excused this.", "Load the page again to see how it stands.")
    if row.campaign.stopped_at is not None:
        raise Conflict("The campaign was stopped, so nobody owes it.", "Start the cycle again if it is to be done.")
    _move(row, Act.REOPEN)
    row.exempt_by_id, row.exempt_at, row.exempt_reason = None, None, ""
    record("obligation.owed_again", row, data={"credit": row.credit})


# ------------------------------------------------------------------ time ran out


def lapse(row: Obligation, at: datetime) -> None:
    """It was not done by its last second; the row must be locked."""
    _move(row, Act.LAPSE)
    row.lapsed_at = at
    record("obligation.lapsed", row, data={"credit": row.credit, "due": row.due_at.isoformat()})
    publish(TrainingLapsed(row.id, row.lead_id, row.person_id, row.agency_id, why_late(row), at))


def end(row: Obligation) -> None:
    """The license ended before it was done; the row must be locked."""
    _move(row, Act.END)
    record("obligation.ended", row, data={"credit": row.credit, "why": "the license ended"})


def why_late(row: Obligation) -> str:
    """What was not done, by when, and the manual that asks for it."""
    due = times.say_due(row.due_at.astimezone(times.zone(row.tz)))
    cited = row.campaign.citation
    said = rules.lapse_words(row.words, due, row.done, row.times)
    return f"{said} {cited['manual']}, “{cited['section']}” ({cited['rule']})."


def explain(row: Obligation) -> dict[str, object]:
    """Why this person owes it, and why by then, as the explanation shows it."""
    return rules.explain(row.campaign.citation, facts_of(row, row.campaign))


def facts_of(row: Obligation, campaign: Campaign) -> rules.Facts:
    return rules.Facts(
        words=row.words, zone=times.zone(row.tz), since=row.since, due_at=row.due_at, last_at=row.last_at,
        every=campaign.every, times=row.times, done=row.done, is_fixed=campaign.is_fixed,
        period_from=campaign.period_from, due_on=campaign.due_on, days=campaign.days, grace_on=campaign.grace_on,
        joins=campaign.joins, state=row.state, exempt_reason=row.exempt_reason, is_staff=row.agency_id is None,
    )  # fmt: skip


def remind_now(campaign: Campaign, at: datetime) -> int:
    """Everybody of a campaign who owes something or is late gets a mail, at most once a day; returns how many."""
    told = mails.remind_now(campaign, at)
    record("campaign.reminded", campaign, data={"people": told})
    return told
