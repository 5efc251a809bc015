from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.events import publish, subscribe
from core.needs import TrainingNeeded, TrainingTaken
from core.once import one_at_a_time
from core.people.models import Lead
from core.typed import refuse_client_data
from helpdesk.reports.models import Theme, ThemeReview, TrainingProposal
from helpdesk.reports.themes import queries, rules
from helpdesk.reports.themes.rules import Act, Sort, State

LONGEST = 2_000
LABELS = {Sort.CATEGORY: "Requests of the category “{}”", Sort.TAG: "Requests tagged “{}”", Sort.TERM: "The word “{}”"}


def count_anew(lead: Lead, at: datetime) -> int:
    """Find what rises, keep what is known of it, and let what no longer rises be over; returns how many rise."""
    db.session.execute(select(Lead.id).where(Lead.id == lead.id).with_for_update())
    today = at.astimezone(ZoneInfo(lead.tz)).date()
    known = {
        (row.sort, row.key): row
        for row in db.session.scalars(select(Theme).where(Theme.lead_id == lead.id, Theme.over_at.is_(None)))
    }
    rising = queries.rising(lead, rules.windows(today))
    for one in rising:
        row = known.pop((one.sort, one.key), None)
        if row is None:
            row = Theme(lead=lead, sort=one.sort, key=one.key, label=one.label, found_at=at)
            db.session.add(row)
        row.recent, row.before, row.counted_on, row.over_at = one.recent, one.before, today, None
    for row in known.values():
        row.over_at = at
    db.session.flush()
    return len(rising)


def said_of(theme: Theme) -> str:
    """The measure in a sentence."""
    return rules.because(LABELS[theme.sort].format(theme.label), theme.recent, theme.before)


def review(theme: Theme, act: Act, words: str, by: Principal, once: str, at: datetime) -> ThemeReview:
    """Note something of it, put it away, or take it up again. The same form sent twice is one act."""
    if known := _before(once, by):
        return known
    words = words.strip()
    refuse_client_data(words, "said")
    if act in (Act.NOTE, Act.DISMISS) and not words:
        raise Invalid("Write what you know of it." if act is Act.NOTE else "Say why it needs nothing.", field="said")
    if len(words) > LONGEST:
        raise Invalid(f"Write at most {LONGEST:,} characters.", field="said")
    _move(theme, act)
    if act is Act.TAKE_UP:
        theme.merged_into = None
    return _keep(theme, act, words, by, once, at)


def merge(theme: Theme, into: Theme, by: Principal, once: str, at: datetime) -> ThemeReview:
    """It is part of another; what was part of it goes along. Raises Invalid for itself or what is merged already."""
    if known := _before(once, by):
        return known
    if into.id == theme.id or into.lead_id != theme.lead_id or into.state is State.MERGED or into.over_at is not None:
        raise Invalid("Choose another theme that rises.", field="into")
    _move(theme, Act.MERGE)
    theme.merged_into = into
    for row in queries.merged_here(theme):
        row.merged_into = into
    return _keep(theme, Act.MERGE, f"Part of “{into.label}”.", by, once, at)


def propose(theme: Theme, by: Principal, once: str, at: datetime) -> TrainingProposal:
    """A training session about it, for whoever plans the training (HUD-HD-8). Once for each theme."""
    known = db.session.scalar(select(TrainingProposal).where(TrainingProposal.theme_id == theme.id))
    if known is not None:
        return known
    _move(theme, Act.PROPOSE)
    row = TrainingProposal(
        lead_id=theme.lead_id,
        theme=theme,
        title=f"Refresher: {theme.label}"[:300],
        reason=" ".join([said_of(theme), *(f"With it: {one.label}." for one in queries.merged_here(theme))]),
        counts=_counts(theme),
        links=[f"/reports/themes/{theme.id}"],
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    db.session.add(row)
    db.session.flush()
    _keep(theme, Act.PROPOSE, row.title, by, once, at)
    record("training.proposed", row, data={"title": row.title, "theme": theme.id})
    publish(TrainingNeeded(row.id, row.lead_id, row.title, row.reason, tuple(row.links)))
    return row


@subscribe(TrainingTaken)
def taken_up(news: TrainingTaken) -> None:
    """Whoever plans the training has dealt with it."""
    row = db.session.get(TrainingProposal, news.proposal_id)
    if row is not None:
        row.taken_at = news.at


def looked_through(lead: Lead, by: Principal, once: str, at: datetime) -> ThemeReview:
    """Somebody has read all that rises: that is the review which is to be regular (HUD-HD-8)."""
    if known := _before(once, by):
        return known
    query = select(Theme).where(Theme.lead_id == lead.id, Theme.over_at.is_(None)).order_by(Theme.id)
    told = {"themes": [{"label": row.label, **_counts(row)} for row in db.session.scalars(query)]}
    row = ThemeReview(lead_id=lead.id, theme=None, act=Act.LOOKED, counts=told, by_id=by.person_id, at=at, once=once)
    db.session.add(row)
    db.session.flush()
    record("themes.reviewed", row, data={"themes": len(told["themes"])})
    return row


def _before(once: str, by: Principal) -> ThemeReview | None:
    one_at_a_time(once)
    known = db.session.scalar(select(ThemeReview).where(ThemeReview.once == once))
    if known is not None and known.by_id != by.person_id:
        raise Conflict("This form was sent before.", "Load the page again to start a new one.")
    return known


def _move(theme: Theme, act: Act) -> None:
    state = rules.after(theme.state, act)
    if state is None:
        raise Conflict(f"This theme is {theme.state} now.", "Load the page again to see how it stands.")
    theme.state = state


def _keep(theme: Theme, act: Act, words: str, by: Principal, once: str, at: datetime) -> ThemeReview:
    row = ThemeReview(
        lead_id=theme.lead_id,
        theme=theme,
        act=act,
        said=words,
        counts=_counts(theme),
        by_id=by.person_id,
        at=at,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    record(f"theme.{act}", theme, data={"said": words, **_counts(theme)})
    return row


def _counts(theme: Theme) -> dict[str, Any]:
    return {"recent": theme.recent, "before": theme.before, "weeks": [rules.RECENT_WEEKS, rules.EARLIER_WEEKS]}
