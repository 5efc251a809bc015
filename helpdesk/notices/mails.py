"""What is mailed about a notice. Each mailing is one statement, and each person's mail of it exists once."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import Select, select

from core import clock
from core.db import db
from core.markdown import to_html
from core.outbox import OutboxMessage, enqueue, enqueue_for_all, relevant_while
from core.people.models import Person
from helpdesk.notices import links
from helpdesk.notices.audience import still_there
from helpdesk.notices.models import Notice, NoticeRecipient, NoticeUpdate
from helpdesk.notices.rules import Kind, UpdateKind

WORDS = {
    Kind.OUTAGE: "Outage: ",
    Kind.DEGRADED: "Problem: ",
    Kind.MAINTENANCE: "Planned maintenance: ",
    Kind.NEWSLETTER: "",
}
MESSAGES = {
    UpdateKind.FIRST: "notice-sent",
    UpdateKind.UPDATE: "notice-update",
    UpdateKind.RESOLVED: "notice-update",
}


def tell(notice: Notice, update: NoticeUpdate) -> int:
    """To every recipient who has not left since; returns to how many."""
    base = current_app.config["HEARTHDESK"].url
    told = {"update": update, "word": WORDS[notice.kind], "html": to_html(update.text, base)}
    return _to_all(MESSAGES[update.kind], notice, f"notice-update:{update.id}", _reachable(notice), **told)


def remind(notice: Notice, key: str) -> int:
    """To those who were asked to read it and have not said so."""
    missing = _reachable(notice).where(NoticeRecipient.is_asked, NoticeRecipient.acknowledged_at.is_(None))
    return _to_all("notice-reminder", notice, key, missing)


def not_sent(notice: Notice, reason: str) -> None:
    """To its author: what was scheduled has not gone out, and why."""
    key = f"notice-not-sent:{notice.id}:{clock.now():%Y%m%dT%H%M%S}"
    told = {"notice": notice, "reason": reason, "path": f"/notices/{notice.id}"}
    enqueue("notice-not-sent", notice.author, key=key, context=told, subject=notice)


def _reachable(notice: Notice) -> Select[int, str, str]:
    own = links.token_of(notice.id, NoticeRecipient.person_id)
    people: Select[int, str, str] = (
        select(NoticeRecipient.person_id, Person.email.label("address"), own.label("personal"))
        .join(Person, Person.id == NoticeRecipient.person_id)
        .where(
            NoticeRecipient.notice_id == notice.id,
            still_there(NoticeRecipient.person_id, notice.lead_id, clock.now()),
        )
    )
    return people


def _to_all(message: str, notice: Notice, key: str, people: Select[int, str, str], **context: Any) -> int:
    told = {"notice": notice, "lead": notice.lead, "path": f"/notices/{notice.id}", **context}
    return enqueue_for_all(
        message,
        people,
        key=key,
        context=told,
        subject=notice,
        lead_id=notice.lead_id,
        reply_to=notice.lead.support_address,
    )


def _still_theirs(mail: OutboxMessage) -> bool:
    """Not for somebody who has left between the sending and the last moment."""
    return _recipient(mail) is not None


def _still_unread(mail: OutboxMessage) -> bool:
    row = _recipient(mail)
    return row is not None and row.acknowledged_at is None


def _recipient(mail: OutboxMessage) -> NoticeRecipient | None:
    query = select(NoticeRecipient).where(
        NoticeRecipient.notice_id == mail.subject_id,
        NoticeRecipient.person_id == mail.person_id,
        still_there(NoticeRecipient.person_id, mail.lead_id or 0, clock.now()),
    )
    return db.session.scalar(query)


relevant_while("notice-sent", _still_theirs)
relevant_while("notice-update", _still_theirs)
relevant_while("notice-reminder", _still_unread)
