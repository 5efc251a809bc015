"""What comes round: old tickets are measured once, and themes are counted every day. Each call means "look now"."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import clock
from core.db import db, unit_of_work
from core.deadlines.models import Heartbeat
from core.people.models import CoC, Lead
from helpdesk.reports.evaluation import services as evaluation
from helpdesk.reports.measuring import measure_all
from helpdesk.reports.models import Evaluation, EvaluationState
from helpdesk.reports.themes import services as themes

MEASURED, COUNTED = "figures-measured", "themes-counted"
DONE = "all"
AT_ONCE = 50
PATIENCE = 3.0  # seconds of one round: the sweep has deadlines to see to


def measure_old() -> None:
    """Tickets from before there were figures, some in each round, each once; after that nothing is asked."""
    told = _told(MEASURED)
    if told == DONE:
        return
    stop = time.monotonic() + PATIENCE
    rounds = measure_all(int(told or 0))
    while time.monotonic() < stop:
        with unit_of_work():
            last = next(rounds, None)
            _tell(MEASURED, DONE if last is None else str(last))
        if last is None:
            return


def count_themes() -> None:
    """Every Lead once a day; some in each round, the next goes on from there (HUD-HD-8)."""
    now = clock.now()
    day = now.date().isoformat()
    counted_on, _, after = _told(COUNTED).partition(" ")
    last = int(after or 0) if counted_on == day else 0
    stop = time.monotonic() + PATIENCE
    while time.monotonic() < stop and (lead := _next(last)) is not None:
        last = lead.id
        _count(lead, now, f"{day} {last}")


def plan_evaluations() -> None:
    """Every Lead has its next evaluation planned, with the day it is due (HUD-HD-9)."""
    planned = select(Evaluation.lead_id).where(Evaluation.state == EvaluationState.PLANNED)
    cocs = select(CoC.id).where(CoC.lead_id == Lead.id).exists()
    query = select(Lead).where(Lead.id.not_in(planned), cocs).order_by(Lead.id).limit(AT_ONCE)
    for lead in db.session.scalars(query).all():
        with unit_of_work():
            evaluation.plan(lead, clock.now())


def _count(lead: Lead, now: datetime, told: str) -> None:
    with unit_of_work():
        themes.count_anew(lead, now)
        _tell(COUNTED, told)


def _next(lead_id: int) -> Lead | None:
    return db.session.scalar(select(Lead).where(Lead.id > lead_id).order_by(Lead.id).limit(1))


def _told(name: str) -> str:
    return db.session.scalar(select(Heartbeat.detail).where(Heartbeat.name == name)) or ""


def _tell(name: str, detail: str) -> None:
    values = {"at": clock.now(), "detail": detail}
    row = insert(Heartbeat).values(name=name, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))
