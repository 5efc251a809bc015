"""One mail to very many people: the same words for all, but for a part that is each person's own."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import Select, String, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from core import clock
from core.db import Base, UtcDateTime, db
from core.outbox.models import OutboxMessage, SendState
from core.outbox.services import one_line, refuse_ppi, render
from core.queues import Queue, wake_soon
from core.signing import key_for, signature_of

PERSONAL = "PERSONALPART"


def enqueue_for_all(
    message: str,
    people: Select[int, str, str],
    *,
    key: str,
    context: dict[str, Any],
    subject: Base,
    lead_id: int,
    reply_to: str = "",
) -> int:
    """Write a mail to everybody whom `people` selects, in one statement; returns to how many it was written.

    `people` has the columns `person_id`, `address` and `personal`, and the last stands in the text wherever the
    template has `{{ personal }}`. Each person's key is `key:<person_id>`: who has this mail gets it no second time.
    Raises Invalid when the text holds what looks like a client's personal data (MO-HD-5).
    """
    settings = current_app.config["HEARTHDESK"]
    parts = render(message, {**context, "to": None, "personal": PERSONAL, "url": settings.url})
    refuse_ppi(parts)
    one = people.subquery()
    own_key = func.concat(key, ":", one.c.person_id)
    host = settings.mail_from.rpartition("@")[2] or "localhost"
    mac = func.left(signature_of(key_for(f"mailing {key}"), own_key), 40)
    now = clock.now()
    values = {
        "key": own_key,
        "message": literal(message),
        "person_id": one.c.person_id,
        "address": one.c.address,
        "sender": literal(""),
        "reply_to": literal(one_line(reply_to)),
        "subject": literal(parts["subject"]),
        "body_text": func.replace(literal(parts["body_text"], Text), PERSONAL, one.c.personal),
        "body_html": func.replace(literal(parts["body_html"], Text), PERSONAL, one.c.personal),
        "message_id": func.concat("<", mac, "@", cast(literal(host), String), ">"),
        "headers": literal({}, JSONB),
        "calendar": literal("", Text),
        "subject_type": literal(subject.__tablename__),
        "subject_id": literal(getattr(subject, "id")),  # noqa: B009 - every subject has one, the base does not say so
        "lead_id": literal(lead_id),
        "state": literal(SendState.QUEUED.value),
        "attempts": literal(0),
        "last_error": literal(""),
        "next_try_at": literal(now, UtcDateTime),
        "created_at": literal(now, UtcDateTime),
    }
    rows = select(*(value.label(name) for name, value in values.items()))
    written = insert(OutboxMessage).from_select(list(values), rows.order_by(one.c.person_id))
    once = written.on_conflict_do_nothing(index_elements=["key"])
    done = db.session.execute(once, execution_options={"preserve_rowcount": True})
    wake_soon(Queue.MAIL)
    return int(done.rowcount)  # type: ignore[attr-defined]
