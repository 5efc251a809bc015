"""What people read of the knowledge base: each only what they may see, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Select, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline
from core.deadlines import State as DeadlineState
from core.errors import Invalid
from helpdesk.knowledge.models import Article, ArticleTicket, ArticleVersion, ArticleVote
from helpdesk.knowledge.rules import Audience, State
from helpdesk.knowledge.standing import readable, visible
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as TicketPermission

DAY = timedelta(days=1)
BEST = 25
MOST_WORDS = 20
LONGEST_SEARCH = 200
LONGEST_TEXT = 2_000
MOST_ASKED = 12  # words of a text that are looked for: its beginning says what it is about
ENGLISH: ColumnElement[str] = literal_column("'english'::regconfig")
# Characters that no typed text holds, so that what is marked is told from what was written.
BEGIN, END = "\x02", "\x03"
HEADLINE = f'StartSel="{BEGIN}", StopSel="{END}", MaxFragments=2, MaxWords=18, MinWords=6, FragmentDelimiter=" … "'


def articles(condition: ColumnElement[bool], filters: Mapping[str, str], today: date) -> Select[Article]:
    """Articles narrowed by the address; what an address says wrongly narrows nothing."""
    query = select(Article).where(condition, *_narrowed(filters, today))
    return query.options(joinedload(Article.lead), joinedload(Article.coc))


def _narrowed(filters: Mapping[str, str], today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if kind := filters.get("kind", "").replace("\0", ""):
        conditions.append(Article.kind == kind[:80])
    if filters.get("audience") in set(Audience):
        conditions.append(Article.audience == Audience(filters["audience"]))
    if filters.get("state") in set(State):
        conditions.append(Article.state == State(filters["state"]))
    if tag := filters.get("tag", "").replace("\0", ""):
        conditions.append(Article.tags.contains([tag[:80].lower()]))
    if filters.get("shown") == "review":
        conditions += [Article.state == State.PUBLISHED, Article.review_on <= today]
    return conditions


@dataclass(frozen=True)
class Order:
    columns: list[InstrumentedAttribute[object]]
    descending: bool


ORDERS = {
    "": Order([Article.updated_at, Article.id], descending=True),
    "least-helpful": Order([Article.balance, Article.id], descending=False),
    "review": Order([Article.review_on, Article.id], descending=False),
}


def order_of(filters: Mapping[str, str]) -> Order:
    return ORDERS.get(filters.get("shown", ""), ORDERS[""])


@dataclass(frozen=True)
class Found:
    """An article and the places in it where the words are."""

    article: Article
    headline: Markup


def best(query: Select[Article], words: str, limit: int) -> list[Article]:
    """Those of these articles that hold the words, read as web search engines read them; the best first."""
    asked = _asked(words)
    order = (func.ts_rank_cd(Article.search, asked).desc(), Article.id.desc())
    return list(db.session.scalars(query.where(Article.search.op("@@")(asked)).order_by(*order).limit(limit)))


def search(query: Select[Article], words: str) -> list[Found]:
    """The best of these articles, each with the places in it where the words are."""
    rows = best(query, words, BEST)
    told = select(Article.id, func.ts_headline(ENGLISH, Article.plain, _asked(words), HEADLINE).label("headline"))
    told = told.where(Article.id.in_([row.id for row in rows]))
    headlines = {row.id: row.headline for row in db.session.execute(told)}
    return [Found(row, marked(headlines[row.id])) for row in rows]


def _asked(words: str) -> ColumnElement[object]:
    return func.websearch_to_tsquery(ENGLISH, words.replace("\0", "")[:LONGEST_SEARCH])


def marked(headline: str) -> Markup:
    """The database's headline as HTML: everything in it is text, but for the marks we asked for."""
    return escape(headline).replace(BEGIN, Markup("<mark>")).replace(END, Markup("</mark>"))


def suggested(principal: Principal | None, text: str, limit: int) -> list[Article]:
    """The articles whose title and tags share most with a text; where none does, those whose text does."""
    condition = readable(principal)
    for words in (Article.topic, Article.search):
        if rows := list(db.session.scalars(sharing(condition, text, words, limit))):
            return rows
    return []


def sharing(
    condition: ColumnElement[bool], text: str, words: InstrumentedAttribute[Any], limit: int
) -> Select[Article]:
    """Of these articles, those of whose words the text holds most; longer ones do not win by their length."""
    asked = _any_word_of(text)
    rank = func.ts_rank(words, asked, literal_column("1"))
    query = select(Article).where(condition, words.op("@@")(asked))
    return query.order_by(rank.desc(), Article.id.desc()).limit(limit)


def _any_word_of(text: str) -> ColumnElement[object]:
    """For articles that hold any of the first words that mean something. Each is quoted: none is an operator."""
    typed = func.to_tsvector(ENGLISH, text.replace("\0", "")[:LONGEST_TEXT])
    word = func.unnest(typed).table_valued("lexeme", "positions", "weights").render_derived()
    first = select(word.c.lexeme).order_by(word.c.positions).limit(MOST_ASKED).subquery()
    quoted = func.concat("'", func.replace(func.replace(first.c.lexeme, "\\", "\\\\"), "'", "''"), "'")
    return cast(select(func.string_agg(quoted, " | ")).scalar_subquery(), TSQUERY)


def visible_article(principal: Principal, article_id: int, *, lock: bool = False) -> Article:
    """Raises NotFound for another community's as for none. With `lock` nobody else changes it meanwhile."""
    query = select(Article).where(Article.id == article_id, visible(principal))
    query = query.options(joinedload(Article.lead), joinedload(Article.coc), joinedload(Article.owner))
    if lock:
        query = query.with_for_update(of=Article).execution_options(populate_existing=True)
    row: Article = found(db.session.scalar(query))
    return row


def named_article(principal: Principal, number: int) -> Article:
    """The article to read instead. Raises Invalid when its readers could not."""
    query = select(Article).where(Article.id == number, readable(principal))
    if (row := db.session.scalar(query)) is None:
        raise Invalid(f"There is no published article {number}.", "Look up its number.", field="replaced_by_id")
    return row


def public_article(article_id: int) -> Article:
    """One that is public, or was when it was retired."""
    shown = Article.state.in_([State.PUBLISHED, State.RETIRED]) & Article.published_at.is_not(None)
    query = select(Article).where(Article.id == article_id, shown, Article.audience == Audience.PUBLIC)
    row: Article = found(db.session.scalar(query.options(joinedload(Article.lead), joinedload(Article.coc))))
    return row


def successor(article: Article, principal: Principal | None) -> Article | None:
    """Where a retired article sends this reader; none when they could not read it there."""
    if article.replaced_by_id is None:
        return None
    return db.session.scalar(select(Article).where(Article.id == article.replaced_by_id, readable(principal)))


# --- versions ------------------------------------------------------------------------------------


def versions(article: Article) -> Select[ArticleVersion]:
    query = select(ArticleVersion).where(ArticleVersion.article_id == article.id)
    return query.options(joinedload(ArticleVersion.by))


def version_of(article: Article, number: int) -> ArticleVersion:
    query = versions(article).where(ArticleVersion.number == number)
    query = query.options(joinedload(ArticleVersion.owner), joinedload(ArticleVersion.coc))
    row: ArticleVersion = found(db.session.scalar(query))
    return row


def since(article: Article, number: int) -> list[ArticleVersion]:
    """That version and every later one, in order: what came between."""
    query = versions(article).where(ArticleVersion.number >= number).order_by(ArticleVersion.number)
    return list(db.session.scalars(query))


# --- what readers said, and the requests it came from ---------------------------------------------


def vote_of(article: Article, person_id: int) -> ArticleVote | None:
    return db.session.get(ArticleVote, (article.id, person_id))


def words_about(article: Article) -> list[ArticleVote]:
    """What readers wrote last, those it did not help first."""
    query = select(ArticleVote).where(ArticleVote.article_id == article.id, ArticleVote.word != "")
    query = query.options(joinedload(ArticleVote.person))
    order = (ArticleVote.is_helpful, ArticleVote.at.desc(), ArticleVote.person_id)
    return list(db.session.scalars(query.order_by(*order).limit(MOST_WORDS)))


def tickets_of(article: Article, principal: Principal) -> list[Ticket]:
    """The requests that it was made from, as far as the person may see them."""
    if not principal.can(TicketPermission.TICKET_VIEW):
        return []
    made_from = select(ArticleTicket.ticket_id).where(ArticleTicket.article_id == article.id)
    query = select(Ticket).where(Ticket.id.in_(made_from), tickets.visible(principal))
    return list(db.session.scalars(query.order_by(Ticket.id)))


def articles_of(ticket_id: int, principal: Principal) -> list[Article]:
    """The articles made from a request, as far as the person may see them."""
    made = select(ArticleTicket.article_id).where(ArticleTicket.ticket_id == ticket_id)
    query = select(Article).where(Article.id.in_(made), visible(principal))
    return list(db.session.scalars(query.order_by(Article.id)))


# --- what is to be read again -----------------------------------------------------------------------


def due_for_review(person_id: int, at: datetime, limit: int) -> list[tuple[Article, Deadline]]:
    """The published articles that somebody owns and whose review day has come where they hold, the oldest first."""
    query = select(Article, Deadline).join(
        Deadline, (Deadline.subject_type == Article.__tablename__) & (Deadline.subject_id == Article.id)
    )
    query = query.where(
        Article.owner_id == person_id,
        Article.state == State.PUBLISHED,
        Article.review_on <= at.date() + DAY,  # somewhere the day has come when it has not in UTC
        Deadline.state.in_([DeadlineState.PENDING, DeadlineState.FIRED]),
    )
    query = query.options(joinedload(Article.lead), joinedload(Article.coc))
    query = query.order_by(Article.review_on, Article.id, Deadline.id)
    newest = {row.Article: row.Deadline for row in db.session.execute(query.limit(2 * limit))}
    due = [(a, d) for a, d in newest.items() if a.review_on <= at.astimezone(ZoneInfo(a.tz)).date()]
    return due[:limit]
