"""Counting what is asked, and finding the themes that were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select, text, union
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.people.models import Agency, Lead, LeadStaff, Membership, Person
from core.search import Hit, like
from core.search import provider as search_provider
from helpdesk.desk.models import Tag, TicketTag
from helpdesk.reports.asking import leads_in_reach
from helpdesk.reports.figures import word_of
from helpdesk.reports.models import Theme, ThemeReview, TrainingProposal
from helpdesk.reports.permissions import Permission
from helpdesk.reports.themes.rules import ASKERS, LEAST, Act, Sort, State, Windows, rises, strength
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as TicketPermission
from helpdesk.tickets.queries import visible

MOST_OF_A_SORT = 15
MOST_WORDS = 20_000
SHOWN = 10
IS_WORD = "^[a-z]{3,30}$"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that rises: how often in the recent weeks, and how often in those before."""

    sort: Sort
    key: str
    label: str
    recent: int
    before: int


def rising(lead: Lead, windows: Windows) -> list[Found]:
    """Categories, tags and words that are asked more often than before (HUD-HD-8)."""
    counted = [*_categories(lead, windows), *_tags(lead, windows), *_terms(lead, windows)]
    return sorted(counted, key=lambda one: (-strength(one.recent, one.before), one.sort, one.key))


def _asked(lead: Lead, windows: Windows) -> Select[tuple[int]]:
    zone = ZoneInfo(lead.tz)
    begins, turns, ends = (
        datetime.combine(day, time(0), zone) for day in (windows.begins, windows.turns, windows.ends)
    )
    asker = func.coalesce(func.lower(Ticket.requester_address), "").label("asker")
    is_recent = (Ticket.opened_at >= turns).label("is_recent")
    query = select(Ticket.id, Ticket.category, asker, is_recent, Ticket.search)
    return query.where(Ticket.lead_id == lead.id, Ticket.opened_at >= begins, Ticket.opened_at < ends)


def _tallied(rows: Iterable[tuple[str, int, int, int]], sort: Sort) -> list[Found]:
    told = [Found(sort, row[0], word_of(row[0]), row[1], row[2]) for row in rows if rises(*row[1:])]
    return sorted(told, key=lambda one: -strength(one.recent, one.before))[:MOST_OF_A_SORT]


def _counts(asked: object) -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    c = asked.c  # type: ignore[attr-defined]
    return (
        func.count().filter(c.is_recent),
        func.count().filter(~c.is_recent),
        func.count(c.asker.distinct()).filter(c.is_recent),
    )


def _categories(lead: Lead, windows: Windows) -> list[Found]:
    asked = _asked(lead, windows).subquery()
    rows = db.session.execute(select(asked.c.category, *_counts(asked)).group_by(asked.c.category))
    return _tallied([(str(row[0]), *row[1:]) for row in rows], Sort.CATEGORY)


def _tags(lead: Lead, windows: Windows) -> list[Found]:
    asked = _asked(lead, windows).subquery()
    query = select(Tag.name, *_counts(asked)).select_from(asked)
    query = query.join(TicketTag, TicketTag.ticket_id == asked.c.id).join(Tag, Tag.id == TicketTag.tag_id)
    rows = db.session.execute(query.group_by(Tag.name))
    return _tallied([(str(row[0]), *row[1:]) for row in rows], Sort.TAG)


def _terms(lead: Lead, windows: Windows) -> list[Found]:
    """Words by their stems, of subject and masked conversation; no numbers, and nobody's name."""
    asked = _asked(lead, windows).subquery()
    lexeme = func.unnest(func.tsvector_to_array(asked.c.search)).label("lexeme")
    each = select(lexeme, asked.c.is_recent, asked.c.asker).subquery()
    recent, before, askers = _counts(each)
    query = select(each.c.lexeme, recent, before, askers).where(each.c.lexeme.op("~")(IS_WORD)).group_by(each.c.lexeme)
    counted = db.session.execute(query.having(recent >= LEAST, askers >= ASKERS))
    rows = [(str(row[0]), *row[1:]) for row in counted]
    named = _names_among(lead, [row[0] for row in rows])
    told = _tallied([row for row in rows if row[0] not in named], Sort.TERM)
    spelled = _spelled(lead, windows, [one.key for one in told])
    return [Found(one.sort, one.key, spelled.get(one.key, one.key), one.recent, one.before) for one in told]


def _names_among(lead: Lead, lexemes: list[str]) -> set[str]:
    """Those that are part of the name of somebody who works at the Lead or at one of its agencies."""
    agencies = select(Agency.id).where(Agency.lead_id == lead.id)
    people = union(
        select(Membership.person_id).where(Membership.agency_id.in_(agencies)),
        select(LeadStaff.person_id).where(LeadStaff.lead_id == lead.id),
    )
    vector = func.to_tsvector(text("'english'"), Person.name)
    names = select(func.unnest(func.tsvector_to_array(vector)).label("lexeme")).where(Person.id.in_(people)).subquery()
    query = select(names.c.lexeme).distinct().where(names.c.lexeme.in_(lexemes))
    return set(db.session.scalars(query))


def _spelled(lead: Lead, windows: Windows, stems: list[str]) -> dict[str, str]:
    """Each stem as it is written most often in the subjects of the recent weeks."""
    if not stems:
        return {}
    zone = ZoneInfo(lead.tz)
    since = datetime.combine(windows.turns, time(0), zone)
    subjects = select(Ticket.subject).where(Ticket.lead_id == lead.id, Ticket.opened_at >= since)
    words = Counter(
        word.strip(".,:;!?\"'()").lower()
        for subject in db.session.scalars(subjects.order_by(Ticket.opened_at.desc()).limit(MOST_WORDS // 10))
        for word in subject.split()
    )
    known = [word for word, _ in words.most_common(MOST_WORDS) if word.replace("-", "").isalpha()]
    query = text("select w, ts_lexize('english_stem', w) from unnest(cast(:words as text[])) w")
    spelled: dict[str, str] = {}
    for word, stem in db.session.execute(query, {"words": known}):
        if stem and stem[0] in stems:
            spelled.setdefault(stem[0], word)
    return spelled


# --- what was found


def themes(principal: Principal, shown: str) -> Select[Theme]:
    lead_ids = [lead.id for lead in leads_in_reach(principal, Permission.THEMES)]
    query = select(Theme).where(Theme.lead_id.in_(lead_ids))
    match shown:
        case "put-away":
            query = query.where(Theme.over_at.is_(None), Theme.state.in_([State.DISMISSED, State.MERGED]))
        case "over":
            query = query.where(Theme.over_at.is_not(None))
        case "all":
            pass
        case _:
            query = query.where(Theme.over_at.is_(None), Theme.state.in_([State.RISING, State.PROPOSED]))
    return query.options(joinedload(Theme.merged_into))


def visible_theme(principal: Principal, theme_id: int, *, lock: bool = False) -> Theme:
    query = themes(principal, "all").where(Theme.id == theme_id)
    if lock:
        query = query.with_for_update(of=Theme).execution_options(populate_existing=True)
    row: Theme = found(db.session.scalar(query.options(joinedload(Theme.lead))))
    return row


def others(theme: Theme) -> list[Theme]:
    """What it may be merged into: what rises at the same Lead and is not merged itself."""
    query = select(Theme).where(Theme.lead_id == theme.lead_id, Theme.id != theme.id, Theme.over_at.is_(None))
    query = query.where(Theme.state.in_([State.RISING, State.PROPOSED]))
    return list(db.session.scalars(query.order_by(Theme.label).limit(100)))


def merged_here(theme: Theme) -> list[Theme]:
    return list(db.session.scalars(select(Theme).where(Theme.merged_into_id == theme.id).order_by(Theme.label)))


def reviews(theme: Theme) -> list[ThemeReview]:
    query = select(ThemeReview).where(ThemeReview.theme_id == theme.id).options(joinedload(ThemeReview.by))
    return list(db.session.scalars(query.order_by(ThemeReview.at, ThemeReview.id)))


def last_look(lead_id: int) -> ThemeReview | None:
    query = select(ThemeReview).where(ThemeReview.lead_id == lead_id, ThemeReview.act == Act.LOOKED)
    return db.session.scalar(query.options(joinedload(ThemeReview.by)).order_by(ThemeReview.id.desc()).limit(1))


def latest_reviews(lead_id: int) -> list[ThemeReview]:
    query = select(ThemeReview).where(ThemeReview.lead_id == lead_id)
    query = query.options(joinedload(ThemeReview.by), joinedload(ThemeReview.theme))
    return list(db.session.scalars(query.order_by(ThemeReview.at.desc(), ThemeReview.id.desc()).limit(SHOWN)))


def tickets_of(principal: Principal, theme: Theme, windows: Windows) -> list[Ticket]:
    """The latest requests that name it, of those the person may read."""
    if not principal.can(TicketPermission.TICKET_VIEW):
        return []
    since = datetime.combine(windows.turns, time(0), ZoneInfo(theme.lead.tz))
    query = select(Ticket).where(Ticket.lead_id == theme.lead_id, Ticket.opened_at >= since, visible(principal))
    query = query.where(_names(theme)).options(joinedload(Ticket.agency))
    return list(db.session.scalars(query.order_by(Ticket.opened_at.desc(), Ticket.id.desc()).limit(SHOWN)))


def _names(theme: Theme) -> ColumnElement[bool]:
    if theme.sort is Sort.CATEGORY:
        return Ticket.category == theme.key
    if theme.sort is Sort.TAG:
        tags = select(Tag.id).where(Tag.lead_id == theme.lead_id, Tag.name == theme.key)
        return Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag_id.in_(tags)))
    return Ticket.search.op("@@")(func.to_tsquery(text("'simple'"), theme.key))


def proposals(principal: Principal) -> Select[TrainingProposal]:
    lead_ids = [lead.id for lead in leads_in_reach(principal, Permission.THEMES)]
    query = select(TrainingProposal).where(TrainingProposal.lead_id.in_(lead_ids))
    return query.options(joinedload(TrainingProposal.proposed_by), joinedload(TrainingProposal.theme))


@search_provider("Themes")
def find_themes(principal: Principal, words: str, limit: int) -> list[Hit]:
    """By the beginning of the theme, or of the training it led to."""
    if not principal.can(Permission.THEMES):
        return []
    named = or_(func.lower(Theme.label).like(like(words)), func.lower(TrainingProposal.title).like(like(words)))
    query = themes(principal, "all").outerjoin(TrainingProposal, TrainingProposal.theme_id == Theme.id).where(named)
    rows = db.session.scalars(query.order_by(Theme.id.desc()).limit(limit))
    area = "Themes"
    return [Hit(row.label, f"/reports/themes/{row.id}", area, f"{row.recent} requests, {row.state}") for row in rows]
