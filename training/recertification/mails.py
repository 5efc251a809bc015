"""Who is told what: each person what they owe, their agency what its people let lapse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.orm import joinedload

from core.db import db
from core.outbox import OutboxMessage, enqueue, enqueue_for_all
from core.outbox.services import relevant_while
from core.people.models import Agency, DesignationKind, Lead, Person
from core.people.services import designated_in
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import Owes

DUE, LAPSED = "training-due", "training-lapsed"
# Whom an agency's lapses are told: its administrators, and where it has none its representatives.
ANSWER = (DesignationKind.ADMINISTRATOR, DesignationKind.REPRESENTATIVE)


def remind(campaign_id: int, people: Collection[int], at: datetime) -> int:
    """A mail to each of these people with everything they owe in this campaign; one each for the same instant."""
    theirs = (
        Obligation.campaign_id == campaign_id,
        Obligation.person_id == func.any(literal(sorted(people), ARRAY(BigInteger))),
    )
    query = select(Campaign).where(Campaign.id == campaign_id).options(joinedload(Campaign.lead))
    campaign = db.session.scalars(query).one()
    return _to_all(campaign, _what_each_owes(*theirs), f"{at:%Y%m%d%H%M%S%f}")


def remind_now(campaign: Campaign, at: datetime) -> int:
    """Everybody of a campaign who owes something or is late, at most once a day."""
    return _to_all(campaign, _what_each_owes(Obligation.campaign_id == campaign.id), f"now:{at:%Y%m%d}")


def _to_all(campaign: Campaign, people: Select[Any], stamp: str) -> int:
    return enqueue_for_all(
        DUE, people, key=f"training-due:{campaign.id}:{stamp}",
        context={"campaign": campaign, "lead": campaign.lead, "path": "/training"},
        subject=campaign, lead_id=campaign.lead_id, reply_to=campaign.lead.support_address,
    )  # fmt: skip


def _what_each_owes(*which: ColumnElement[bool]) -> Select[Any]:
    """Each person's own part: what, by which day of their agency's calendar."""
    tz = func.coalesce(Agency.tz, Lead.tz)
    day = func.to_char(func.timezone(tz, Obligation.due_at), "Dy, Mon FMDD, YYYY")
    words = Campaign.titles.op("->>")(Obligation.credit)
    far = case(
        (Obligation.times > 1, func.concat(" (", Obligation.done, " of ", Obligation.times, " done)")),
        else_=literal(""),
    )
    late = case((Obligation.state == Owes.LAPSED, literal(", which is past")), else_=literal(""))
    line = func.concat(words, far, ", by ", day, late)
    owed = (*which, Obligation.state.in_([Owes.OWED, Owes.LAPSED]))
    lines = (
        select(Obligation.person_id, line.label("line"))
        .join(Campaign, Campaign.id == Obligation.campaign_id)
        .join(Lead, Lead.id == Obligation.lead_id)
        .outerjoin(Agency, Agency.id == Obligation.agency_id)
        .where(*owed)
        .distinct()
        .subquery("lines")
    )
    return (
        select(
            lines.c.person_id, func.min(Person.email).label("address"),
            func.string_agg(lines.c.line, "; ").label("personal"),
        )
        .join(Person, Person.id == lines.c.person_id)
        .group_by(lines.c.person_id)
    )  # fmt: skip


def lapsed(rows: Sequence[tuple[Obligation, str]], at: datetime) -> None:
    """Each with why: the agency's administrators (where it has none, its representatives) get one mail for all of
    theirs, the Lead's own people their own. Whose license is locked is told by licensing."""
    by_place: dict[int | None, list[tuple[Obligation, str]]] = defaultdict(list)
    for row, why in rows:
        by_place[row.agency_id].append((row, why))
    for row, why in by_place.pop(None, []):
        _say_lapsed(row.person, [(row, why)])
    speakers = designated_in([number for number in by_place if number is not None], ANSWER, at)
    for agency_id, theirs in by_place.items():
        assert agency_id is not None, "the Lead's own people are told themselves"
        there = (speakers.get((agency_id, kind)) for kind in ANSWER)
        for person in next(filter(None, there), []):
            _say_lapsed(person, theirs)


def _say_lapsed(to: Person, rows: Sequence[tuple[Obligation, str]]) -> None:
    first = rows[0][0]
    lines = [(row.person.name, why) for row, why in rows]
    path = f"/training/recertification/people?agency={first.agency_id}" if first.agency_id else "/training"
    enqueue(
        LAPSED, to, key=f"training-lapsed:{first.id}:{first.lapsed_at:%Y%m%d%H%M%S%f}:{to.id}",
        context={"lines": lines, "agency": first.agency, "path": path}, subject=first,
    )  # fmt: skip


def _still_owes(mail: OutboxMessage) -> bool:
    """Who has done it meanwhile is not reminded."""
    owed = and_(Obligation.campaign_id == mail.subject_id, Obligation.person_id == mail.person_id)
    query = select(Obligation.id).where(owed, Obligation.state.in_([Owes.OWED, Owes.LAPSED]))
    return db.session.scalar(query.limit(1)) is not None


relevant_while(DUE, _still_owes)
