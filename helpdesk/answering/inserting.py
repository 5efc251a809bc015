"""The words that go into the box of whoever answers: a canned reply, filled in, or an article (HUD-HD-7, MO-HD-7)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from core.authz import Principal
from core.errors import Forbidden, Invalid
from core.markdown import to_plain
from helpdesk.answering.rules import LONGEST_TEXT, How, is_tellable
from helpdesk.knowledge import queries as knowledge
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.rules import Audience, State
from helpdesk.replies import queries as replies
from helpdesk.replies import rules as filling
from helpdesk.replies.services import facts_of
from helpdesk.tickets.models import Ticket

BEST = 4


@dataclass(frozen=True)
class Offered:
    """An article beside a request; `tellable` where whoever asked could read it too."""

    article: Article
    tellable: bool


def reply_words(principal: Principal, ticket: Ticket, reply_id: int) -> str:
    """A canned reply with what is known of the request in its places. Raises NotFound for another's own."""
    return filling.fill(replies.visible_reply(principal, reply_id).text, facts_of(ticket, principal))


def article_words(principal: Principal, ticket: Ticket, article_id: int, how: How) -> str:
    """Raises NotFound for what this person may not read, Forbidden for what the requester may not."""
    article = knowledge.visible_article(principal, article_id)
    if not tellable(article, ticket):
        raise Forbidden("Whoever asked may not read this article.", "Say it in your own words.", rule="MO-HD-7")
    address = _address(article, ticket)
    if how is How.LINK:
        return f"{article.title}: {address}" if address else article.title
    text = to_plain(article.body).strip()[:LONGEST_TEXT]
    return f"{text}\n\n{address}".strip()


def tellable(article: Article, ticket: Ticket) -> bool:
    return is_tellable(
        is_for_staff=article.audience is Audience.STAFF,
        is_published=article.state is State.PUBLISHED,
        same_lead=article.lead_id == ticket.lead_id,
        its_coc=article.coc_id,
        coc=ticket.coc_id,
    )


def _address(article: Article, ticket: Ticket) -> str:
    """Where whoever asked reads it: without an account only what is public has an address."""
    base = current_app.config["HEARTHDESK"].url
    if article.audience is Audience.PUBLIC:
        return f"{base}/help/{article.id}"
    return f"{base}/knowledge/{article.id}" if ticket.requester_id else ""


def offered(principal: Principal, ticket: Ticket) -> list[Offered]:
    """The articles that may answer a request, the best first."""
    found = knowledge.suggested(principal, f"{ticket.subject} {ticket.search_text}", BEST)
    return [Offered(article, tellable(article, ticket)) for article in found]


def how_of(text: str) -> How:
    if text not in set(How):
        raise Invalid("Choose the link or the text.")
    return How(text)
