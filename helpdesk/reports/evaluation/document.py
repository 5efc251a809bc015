"""What an evaluation says, as plain data: the page, the PDF and what is kept are all made from it (HUD-HD-9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from core.authz import Scope
from core.db import db
from core.people.models import Lead
from core.policy import Policy
from core.policy.vocabulary import ListName
from helpdesk.reports import figures
from helpdesk.reports.evaluation.rules import Span
from helpdesk.reports.explaining import explained
from helpdesk.reports.figures import Dimension, Place, Report, Times
from helpdesk.reports.models import ThemeReview, TrainingProposal
from helpdesk.reports.rules import Period, PeriodKind, in_days, in_hours
from helpdesk.reports.staffing.queries import Staffing, staffing
from helpdesk.reports.themes.rules import Act
from helpdesk.satisfaction import api as satisfaction

MOST_PROPOSALS = 50
NONE = "none"


def document(lead: Lead, span: Span, policy: Policy, now: datetime) -> dict[str, Any]:
    """Everything the pack asks for, in its order, and satisfaction, the ratio of staff and themes beside it."""
    content = policy.list(ListName.EVALUATION_CONTENT)
    made = [MAKERS[code](lead, span, now) | {"code": code, "title": title} for code, title in content.items.items()]
    beside = [_satisfaction(lead, span), _ratio(lead, span, now), _themes(lead, span)]
    return {
        "lead": lead.name,
        "span": span.label,
        "begins": span.begins.isoformat(),
        "ends": span.ends.isoformat(),
        "explanation": explained(policy, content, [content.says]),
        "sections": [*made, *beside],
    }


def _section(says: str, header: Sequence[str], rows: Sequence[Sequence[str]], **more: Any) -> dict[str, Any]:
    return {"says": says, "header": list(header), "rows": [list(row) for row in rows], **more}


def _report(lead: Lead, span: Span, dimension: Dimension, now: datetime) -> Report:
    year, before = (Period(PeriodKind.YEAR, one.begins, one.ends) for one in (span, span.before))
    return figures.report(Place(lead), year, before, dimension, now)


# --- what the pack asks for


def _response_times(lead: Lead, span: Span, now: datetime) -> dict[str, Any]:
    whole = _report(lead, span, Dimension.TIER, now).whole
    told, was = whole.now, whole.before
    rows = [
        *_time_rows("First answers", told.first, was.first),
        *_time_rows("Settled", told.settled, was.settled),
        ("Open at the end", str(told.backlog.count), str(was.backlog.count)),
        ("Opened again", str(told.reopened), str(was.reopened)),
    ]
    says = f"{_within('first answers came', told.first)} {_within('resolutions came', told.settled)}"
    return _section(says, ("Response times", "This year", "The year before"), rows)


def _within(what: str, times: Times) -> str:
    if not times.count:
        return f"No {what}."
    soon = f"{_hours(times.open_half)} of opening time ({_days(times.half)} elapsed)"
    return f"Half of {times.count:,} {what} within {soon}."


def _time_rows(name: str, told: Times, was: Times) -> list[tuple[str, str, str]]:
    return [
        (name, f"{told.count:,}", f"{was.count:,}"),
        (f"{name}: median, opening hours", _hours(told.open_half), _hours(was.open_half)),
        (f"{name}: 90th percentile, opening hours", _hours(told.open_most), _hours(was.open_most)),
        (f"{name}: median, elapsed", _days(told.half), _days(was.half)),
        (f"{name}: 90th percentile, elapsed", _days(told.most), _days(was.most)),
    ]


def _question_types(lead: Lead, span: Span, now: datetime) -> dict[str, Any]:
    told = _report(lead, span, Dimension.CATEGORY, now)
    lines = sorted(told.lines, key=lambda line: (-(line.now.opened or 0), line.label))
    rows = [(line.label, f"{line.now.opened or 0:,}", f"{line.before.opened or 0:,}") for line in lines]
    new = told.whole.now.opened or 0
    most = f" Most were of the category “{lines[0].label}”: {rows[0][1]}." if lines and new else ""
    return _section(f"{new:,} new requests.{most}", ("Type of question", "This year", "The year before"), rows)


def _responses_given(lead: Lead, span: Span, now: datetime) -> dict[str, Any]:
    told = _report(lead, span, Dimension.TIER, now)
    now_, was = told.whole.now, told.whole.before
    rows = [
        ("Settled", f"{now_.settled.count:,}", f"{was.settled.count:,}"),
        ("Declined, with the reason told", f"{now_.declined:,}", f"{was.declined:,}"),
        ("Merged into another request", f"{now_.merged:,}", f"{was.merged:,}"),
        *(
            (f"First answered by tier: {line.label}", f"{line.now.first.count:,}", f"{line.before.first.count:,}")
            for line in told.lines
        ),
    ]
    settled, declined = now_.settled.count, now_.declined
    says = f"{now_.first.count:,} requests were answered; {settled:,} were settled, {declined:,} declined."
    return _section(says, ("Response", "This year", "The year before"), rows)


Maker = Callable[[Lead, Span, datetime], dict[str, Any]]
MAKERS: dict[str, Maker] = {
    "response-times": _response_times,
    "question-types": _question_types,
    "responses-given": _responses_given,
}


# --- what stands beside it


def _satisfaction(lead: Lead, span: Span) -> dict[str, Any]:
    reach = Scope(lead_ids=frozenset({lead.id}))
    told, was = (satisfaction.overall(reach, *_instants(lead, one)) for one in (span, span.before))
    rows = [
        ("Requests closed", f"{told.closed:,}", f"{was.closed:,}"),
        ("Asked how it was", f"{told.asked:,}", f"{was.asked:,}"),
        ("Answered", f"{told.said:,}", f"{was.said:,}"),
        ("Mean mark, 1 to 5", _mark(told.mean), _mark(was.mean)),
        ("Poor or very poor", f"{told.low:,}", f"{was.low:,}"),
    ]
    says = f"{told.said:,} requesters said how it was; the mean mark is {_mark(told.mean)} of 5."
    says = says if told.said else "Nobody has said how it was."
    return _section(
        says, ("Satisfaction", "This year", "The year before"), rows, code="satisfaction", title="Satisfaction"
    )


def _ratio(lead: Lead, span: Span, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(lead.tz)
    told = staffing(lead, min(datetime.combine(span.ends, time(12), zone), now.astimezone(zone)))
    rows = [(worker.name, _share(worker.hundredths)) for worker in told.workers]
    return _section(
        _ratio_says(told), ("Staff", "Full-time share"), rows, code="ratio", title="People for each full-time place"
    )


def _ratio_says(told: Staffing) -> str:
    if told.ratio is None:
        return f"{told.people:,} people hold a license."
    cover = "Everybody of the primary staff has backup cover." if told.is_covered else "Backup cover is not complete."
    return " ".join([*told.ratio.because(), cover])


def _themes(lead: Lead, span: Span) -> dict[str, Any]:
    begins, ends = _instants(lead, span)
    looks = select(func.count()).where(
        ThemeReview.lead_id == lead.id, ThemeReview.act == Act.LOOKED, ThemeReview.at >= begins, ThemeReview.at < ends
    )
    count = db.session.scalar(looks) or 0
    query = select(TrainingProposal).where(
        TrainingProposal.lead_id == lead.id,
        TrainingProposal.proposed_at >= begins,
        TrainingProposal.proposed_at < ends,
    )
    rows = [
        (row.title, str(row.counts["recent"]))
        for row in db.session.scalars(query.order_by(TrainingProposal.id).limit(MOST_PROPOSALS))
    ]
    times = "once" if count == 1 else f"{count} times"
    says = f"The themes of what is asked were looked through {times}; {len(rows)} training sessions were proposed."
    return _section(says, ("Proposed training", "Requests"), rows, code="themes", title="Themes")


def _instants(lead: Lead, span: Span) -> tuple[datetime, datetime]:
    zone = ZoneInfo(lead.tz)
    ends = span.ends + timedelta(days=1)
    return datetime.combine(span.begins, time(0), zone), datetime.combine(ends, time(0), zone)


def _hours(seconds: int | None) -> str:
    return in_hours(seconds) if seconds is not None else NONE


def _days(seconds: int | None) -> str:
    return in_days(seconds) if seconds is not None else NONE


def _mark(mean: float | None) -> str:
    return f"{mean:.2f}" if mean is not None else NONE


def _share(hundredths: int | None) -> str:
    return f"{hundredths / 100:.2f}" if hundredths is not None else "not set"
