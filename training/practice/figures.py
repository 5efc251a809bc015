"""What people get wrong, and how long they wait for a review: counted by the database, said by the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Float, cast, func, select

from core.authz import Principal
from core.db import db
from training.practice.elements import catalog
from training.practice.models import PracticeAttempt, PracticeCase, PracticeMark
from training.practice.permissions import Permission
from training.practice.rules import Verdict

MOST = 12
PERIODS = {"90": 90, "365": 365}


@dataclass(frozen=True)
class Share:
    """How many of the marks were wrong."""

    label: str
    wrong: int
    marked: int

    @property
    def percent(self) -> int:
        return round(100 * self.wrong / self.marked) if self.marked else 0


def _marks(principal: Principal, since: datetime) -> list[ColumnElement[bool]]:
    reach = select(PracticeAttempt.id).where(principal.scope(Permission.QUEUE).where(PracticeAttempt))
    return [PracticeMark.at >= since, PracticeMark.attempt_id.in_(reach)]


_WRONG = func.count().filter(PracticeMark.verdict == Verdict.WRONG)


def by_element(principal: Principal, since: datetime) -> list[Share]:
    """The data elements that are wrong most often."""
    query = select(PracticeMark.code, _WRONG, func.count()).where(*_marks(principal, since))
    rows = db.session.execute(query.group_by(PracticeMark.code).having(_WRONG > 0).order_by(_WRONG.desc(), "code"))
    return [Share(_named(code), wrong, marked) for code, wrong, marked in rows][:MOST]


def _named(code: str) -> str:
    element = catalog().get(code)
    return f"{element.number} {element.name}" if element else code


def by_case(principal: Principal, since: datetime) -> list[Share]:
    query = select(PracticeCase.title, _WRONG, func.count()).join(PracticeMark, PracticeMark.case_id == PracticeCase.id)
    query = query.where(*_marks(principal, since)).group_by(PracticeCase.id, PracticeCase.title)
    rows = db.session.execute(query.order_by(_WRONG.desc(), PracticeCase.id).limit(MOST))
    return [Share(title, wrong, marked) for title, wrong, marked in rows]


@dataclass(frozen=True)
class Wait:
    """A month's reviews: how many, and how many hours half of them and nine of ten waited at most."""

    month: str
    reviews: int
    half: float
    most: float


def waits(principal: Principal, since: datetime) -> list[Wait]:
    waited = cast(func.extract("epoch", PracticeAttempt.reviewed_at - PracticeAttempt.submitted_at), Float) / 3600
    month = func.date_trunc("month", func.timezone(principal.tz or "UTC", PracticeAttempt.reviewed_at))
    query = select(
        month,
        func.count(),
        func.percentile_cont(0.5).within_group(waited),
        func.percentile_cont(0.9).within_group(waited),
    ).where(principal.scope(Permission.QUEUE).where(PracticeAttempt), PracticeAttempt.reviewed_at >= since)
    rows = db.session.execute(query.group_by(month).order_by(month))
    return [Wait(f"{first:%B %Y}", count, round(middle, 1), round(late, 1)) for first, count, middle, late in rows]


def since_of(days: str, at: datetime) -> datetime:
    return at - timedelta(days=PERIODS.get(days, 90))
