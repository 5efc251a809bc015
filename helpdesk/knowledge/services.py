"""The verbs of an article. Each leaves a version, an audit event and the review's deadline as they must be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy import text as sql

from core import ppi
from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.deadlines import State as DeadlineState
from core.errors import Conflict, Invalid
from core.markdown import to_plain
from helpdesk.knowledge import queries, rules
from helpdesk.knowledge.models import Article, ArticleTicket, ArticleVersion, ArticleVote
from helpdesk.knowledge.rules import TRANSITIONS, Act, Audience, State
from helpdesk.knowledge.standing import Place, place_of, serves
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import State as TicketState
from helpdesk.tickets.screening import refuse_ppi
from helpdesk.tickets.services import for_vendor

REVIEW = "article-review"
LOCK_SPACE = 4_210_003


@dataclass(frozen=True)
class Written:
    """An article as somebody typed it. `once` is the form's; `why` says what changed and for what reason."""

    place: Place
    title: str
    body: str
    kind: str
    audience: Audience
    tags: list[str]
    review_on: date
    owner_id: int
    why: str
    once: str | None


class Overtaken(Conflict):
    """Somebody else changed the article after this form was opened; `versions` are the one it began with and later."""

    def __init__(self, versions: list[ArticleVersion]) -> None:
        *_, last = versions
        fields = rules.listed(rules.changed(versions[0], last)) or "nothing that shows"
        super().__init__(
            f"{last.by.name} changed {fields} while you were writing.",
            "Nothing of yours is lost: see what came between, take over what you need, and save again.",
        )
        self.versions = versions


def write(written: Written, by: Principal, now: datetime, *, ticket: Ticket | None = None) -> Article:
    """A new article, as a draft. `ticket` is the solved request that it was made from."""
    if earlier := written_before(written, by):
        return earlier.article
    _check(written, now, before=None)
    article = Article(
        lead_id=written.place.lead.id,
        lead=written.place.lead,
        state=State.DRAFT,
        created_at=now,
        updated_at=now,
        owner_id=written.owner_id,
    )
    db.session.add(article)
    _take(article, written)
    db.session.flush()
    _keep(article, by, now, written.why, once=written.once)
    if ticket is not None:
        db.session.add(ArticleTicket(article_id=article.id, ticket_id=ticket.id, by_id=by.person_id, at=now))
    record("article.written", article, data={"version": 1, "ticket": ticket.id if ticket else None})
    return article


def edit(article: Article, written: Written, base: int, by: Principal, now: datetime) -> None:
    """Change the article; it must be locked. Raises Overtaken when `base` is not its newest version."""
    if written_before(written, by):
        return
    _move(article, Act.EDIT)
    if base != article.version:
        raise Overtaken(queries.since(article, min(max(base, 1), article.version)))
    if written.place.lead.id != article.lead_id:
        raise Invalid("An article stays with its HMIS Lead.", "Choose a place of the same Lead.", field="place")
    _check(written, now, before=article)
    _take(article, written)
    _keep(article, by, now, written.why, once=written.once)
    _plan_review(article, by, now)
    record("article.edited", article, data={"version": article.version, "why": written.why})


def publish(article: Article, by: Principal, now: datetime) -> None:
    """Its readers find it from now on; the review date must lie ahead."""
    _move(article, Act.PUBLISH)
    if problem := rules.review_problem(article.review_on, now.astimezone(place_of(article).zone).date()):
        raise Invalid(f"The review date: {problem}", "Edit the article first.", field="review_on")
    article.state, article.published_at = State.PUBLISHED, article.published_at or now
    article.retired_at, article.retired_because, article.replaced_by_id = None, "", None
    _keep(article, by, now, "Published.")
    _plan_review(article, by, now)
    record("article.published", article, data={"version": article.version})


def retire(article: Article, because: str, replacement: Article | None, by: Principal, now: datetime) -> None:
    """Nobody finds it any more; its old address says why, and where to go."""
    if not because:
        raise Invalid("Say why it is retired.", "Readers of the old address see it.", field="because")
    refuse_ppi(because, "because")
    if replacement is not None and replacement.id == article.id:
        raise Invalid("An article cannot replace itself.", "Name another one, or none.", field="replaced_by_id")
    _move(article, Act.RETIRE)
    article.state, article.retired_at, article.retired_because = State.RETIRED, now, because
    article.replaced_by_id = replacement.id if replacement else None
    _keep(article, by, now, because)
    _close_review(article, now, "The article was retired.")
    record("article.retired", article, data={"because": because, "replaced_by": article.replaced_by_id})


def review(article: Article, next_on: date, by: Principal, now: datetime) -> None:
    """Read again and still right; the next review is on `next_on`, which is not before today."""
    _move(article, Act.REVIEW)
    if problem := rules.review_problem(next_on, now.astimezone(place_of(article).zone).date()):
        raise Invalid(problem, field="review_on")
    for deadline in deadlines_of(article, REVIEW):
        if deadline.is_open:
            meet(deadline, now, f"{by.name} read it and found it right.")
    article.review_on = next_on
    _keep(article, by, now, "Read again: still right.")
    _plan_review(article, by, now)
    record("article.reviewed", article, data={"version": article.version, "next": next_on})


def restore(article: Article, version: ArticleVersion, by: Principal, now: datetime) -> None:
    """Title, text, kind and tags as they were then; who may read it, its owner and review stay as they are."""
    _move(article, Act.RESTORE)
    if version.number == article.version:
        raise Conflict("This is the newest version already.")
    if version.kind not in place_of(article).kinds(now).words:
        raise Conflict(f"Articles of the kind “{version.kind}” are no longer written here.", "Edit it by hand.")
    article.title, article.body, article.kind, article.tags = version.title, version.body, version.kind, version.tags
    article.plain = to_plain(version.body)
    _keep(article, by, now, f"Version {version.number} restored.", restores=version.number)
    _plan_review(article, by, now)
    record("article.restored", article, data={"version": article.version, "restores": version.number})


def vote(article: Article, by: Principal, is_helpful: bool, word: str, now: datetime) -> None:
    """Whether it helped this person; the article must be locked. Told again, the last answer counts."""
    if article.state is not State.PUBLISHED:
        raise Conflict("Only a published article can be helpful.", "Load the page again to see how it stands.")
    refuse_ppi(word, "word")
    row = queries.vote_of(article, by.person_id)
    if row is None:
        row = ArticleVote(article_id=article.id, person_id=by.person_id)
        db.session.add(row)
    elif row.is_helpful:
        article.helpful -= 1
    else:
        article.unhelpful -= 1
    row.is_helpful, row.word, row.at = is_helpful, word, now
    if is_helpful:
        article.helpful += 1
    else:
        article.unhelpful += 1
    record("article.voted", article, data={"helpful": is_helpful})


def written_before(written: Written, by: Principal) -> ArticleVersion | None:
    """The version that this form made, also when its first sending is still under way.

    Raises Conflict when its key was used for other words.
    """
    if not written.once:
        return None
    db.session.execute(
        sql("select pg_advisory_xact_lock(:space, hashtext(:once))"), {"space": LOCK_SPACE, "once": written.once}
    )
    version = db.session.scalar(select(ArticleVersion).where(ArticleVersion.once == written.once))
    if version is None:
        return None
    told = (by.person_id, written.title, written.body, written.kind, written.tags, written.why)
    if told != (version.by_id, version.title, version.body, version.kind, version.tags, version.why):
        raise Conflict("This form was sent before, with other words.", "To save this as well, save once more.")
    return version


# --- from a solved request -------------------------------------------------------------------------


@dataclass(frozen=True)
class Proposal:
    """What an article made from a request begins with."""

    title: str
    body: str


def proposal(ticket: Ticket) -> Proposal:
    """Subject and resolution, without who asked, where they work, and any client's data.

    Raises Conflict while the request is not solved.
    """
    if ticket.state is not TicketState.CLOSED:
        raise Conflict(f"Request #{ticket.id} is not solved yet.", "Close it with what solved it first.")
    subject, resolution = (ppi.mask(for_vendor(ticket, text)) for text in (ticket.subject, ticket.resolution))
    body = f"## What happened\n\n{subject}\n\n## What to do\n\n{resolution}"
    return Proposal(subject[: rules.LONGEST_TITLE], body)


# --- what every change does ------------------------------------------------------------------------


def _move(article: Article, act: Act) -> None:
    if (article.state, act) not in TRANSITIONS:
        told = f"This article is {article.state}, so you cannot {act} it."
        raise Conflict(told, "Load the page again to see how it stands.")


def _check(written: Written, now: datetime, before: Article | None) -> None:
    """Raises Invalid, naming the field, for what an article cannot be."""
    for name, text in (("title", written.title), ("body", to_plain(written.body)), ("why", written.why)):
        refuse_ppi(text, name)
    refuse_ppi(written.body, "body")
    refuse_ppi(", ".join(written.tags), "tags")
    if len(written.tags) > rules.MOST_TAGS:
        raise Invalid(f"Give at most {rules.MOST_TAGS} tags.", field="tags")
    if written.kind not in written.place.kinds(now).words:
        offered = ", ".join(written.place.kinds(now).words.values())
        raise Invalid(f"{written.place.label} has other kinds of article.", f"Choose: {offered}.", field="kind")
    today = now.astimezone(written.place.zone).date()
    if problem := rules.review_problem(written.review_on, today, before.review_on if before else None):
        raise Invalid(problem, field="review_on")
    if not serves(written.owner_id, written.place, now):
        raise Invalid(
            "The owner must be Lead staff where the article holds.", "Choose somebody else.", field="owner_id"
        )


def _take(article: Article, written: Written) -> None:
    article.coc = written.place.coc
    article.title, article.body, article.plain = written.title, written.body, to_plain(written.body)
    article.kind, article.audience, article.tags = written.kind, written.audience, written.tags
    article.review_on, article.owner_id = written.review_on, written.owner_id


def _keep(
    article: Article, by: Principal, now: datetime, why: str, *, once: str | None = None, restores: int | None = None
) -> None:
    """Write down the article as it is now as its next version."""
    db.session.flush()
    article.version += 1
    article.updated_at = now
    names = ("coc_id", "kind", "audience", "state", "title", "body", "tags", "owner_id", "review_on")
    db.session.add(
        ArticleVersion(
            article=article,
            number=article.version,
            by_id=by.person_id,
            at=now,
            why=why,
            once=once,
            restores=restores,
            **{name: getattr(article, name) for name in names},
        )
    )
    db.session.flush()


def _plan_review(article: Article, by: Principal, now: datetime) -> None:
    """One open deadline for a published article, for the day and the owner that it has now."""
    if article.state is not State.PUBLISHED:
        return
    place = place_of(article)
    rows = deadlines_of(article, REVIEW)
    if rows and _is_for(rows[-1], article, place):
        rows[-1].title = _review_title(article)
        return
    _close_review(article, now, "The review was moved.")
    decision = rules.review_due(article.review_on, now, by.name, place.zone)
    open_deadline(
        REVIEW,
        article,
        decision,
        title=_review_title(article),
        lead_id=article.lead_id,
        coc_id=article.coc_id,
        person_id=article.owner_id,
        holder="person",
        occurrence=len(rows) + 1,
    )


def _is_for(row: Deadline, article: Article, place: Place) -> bool:
    """Whether the deadline, open or missed, stands for the day and the owner that the article has."""
    same = (row.due_at.astimezone(place.zone).date(), row.person_id) == (article.review_on, article.owner_id)
    return same and row.state in (DeadlineState.PENDING, DeadlineState.FIRED)


def _close_review(article: Article, now: datetime, reason: str) -> None:
    for row in deadlines_of(article, REVIEW):
        if row.is_open:
            cancel(row, now, reason)


def _review_title(article: Article) -> str:
    return f"Review the article: {article.title}"[:300]
