from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, render_template
from sqlalchemy import Table, func, select
from sqlalchemy.dialects.postgresql import insert

from core import clock, ppi
from core.audit import record
from core.db import Base, db, write_later
from core.errors import Conflict, Invalid
from core.outbox.models import OutboxMessage, SendState, SuppressedAddress
from core.people.models import Person
from core.queues import Queue, wake_soon

Relevance = Callable[[OutboxMessage], bool]
_relevance: dict[str, Relevance] = {}
Guard = Callable[[OutboxMessage], str]
_guards: list[Guard] = []
_secret: set[str] = set()


def relevant_while(message: str, check: Relevance) -> None:
    """Just before a message of this name is sent, `check` says whether it still makes sense."""
    _relevance[message] = check


def still_relevant(row: OutboxMessage) -> bool:
    check = _relevance.get(row.message)
    return check is None or check(row)


def guard(check: Guard) -> Guard:
    """Decorator: asked of every mail just before it is sent; words say why this one may not leave."""
    if check not in _guards:
        _guards.append(check)
    return check


def refused_by_a_guard(row: OutboxMessage) -> str:
    return next((reason for check in _guards if (reason := check(row))), "")


def secret(message: str) -> None:
    """A message of this name carries something that opens a door: its text goes once it is sent or given up on."""
    _secret.add(message)


def is_secret(message: str) -> bool:
    return message in _secret


@dataclass(frozen=True)
class Letter:
    """A mail to write, as `enqueue` takes it."""

    message: str
    to: Person | str
    key: str
    context: dict[str, Any]
    subject: Base | None = None
    lead_id: int | None = None
    reply_to: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    sender: str = ""
    calendar: str = ""


def enqueue(
    message: str,
    to: Person | str,
    *,
    key: str,
    context: dict[str, Any],
    subject: Base | None = None,
    lead_id: int | None = None,
    reply_to: str = "",
    sender: str = "",
    in_reply_to: str = "",
    references: Sequence[str] = (),
) -> OutboxMessage | None:
    """Write a mail from `templates/email/<message>/` into the unit of work under way.

    The same `key` again is the same mail: nothing is written and None comes back. Raises Invalid
    when the text holds what looks like a client's personal data (MO-HD-5).
    """
    values = _values(Letter(message, to, key, context, subject, lead_id, reply_to, in_reply_to, references, sender))
    added = db.session.scalar(
        insert(OutboxMessage).values(**values).on_conflict_do_nothing(index_elements=["key"]).returning(OutboxMessage)
    )
    if added is not None:
        wake_soon(Queue.MAIL)
    return added


_NEW = insert(cast(Table, OutboxMessage.__table__)).on_conflict_do_nothing(index_elements=["key"])


def post(letter: Letter) -> str:
    """`enqueue` for a mail whose row nobody needs: it is written with all others of this unit of work. Returns its
    Message-ID."""
    values = _values(letter)
    write_later(_NEW, values)
    wake_soon(Queue.MAIL)
    return str(values["message_id"])


def post_all(letters: Iterable[Letter]) -> None:
    for letter in letters:
        post(letter)


def _values(letter: Letter) -> dict[str, Any]:
    to, message, key, subject = letter.to, letter.message, letter.key, letter.subject
    address = to.email if isinstance(to, Person) else to
    parts = render(message, {**letter.context, "to": to, "url": current_app.config["HEARTHDESK"].url})
    refuse_ppi(parts)
    return {
        **parts,
        "key": key,
        "message": message,
        "person_id": to.id if isinstance(to, Person) else None,
        "address": one_line(address),
        "sender": one_line(letter.sender),
        "reply_to": one_line(letter.reply_to),
        "message_id": message_id(key),
        "headers": _thread(letter.in_reply_to, letter.references),
        "calendar": letter.calendar,
        "subject_type": subject.__tablename__ if subject is not None else "",
        "subject_id": getattr(subject, "id", 0),
        "lead_id": letter.lead_id or getattr(subject, "lead_id", None),
        "created_at": clock.now(),
        "next_try_at": clock.now(),
    }


def render(message: str, context: dict[str, Any]) -> dict[str, str]:
    """The subject as one line, the plain text and the HTML of a message."""
    folder = f"email/{message}"
    return {
        "subject": " ".join(render_template(f"{folder}/subject.txt", **context).split())[:250],
        "body_text": render_template(f"{folder}/body.txt", **context).strip() + "\n",
        "body_html": render_template(f"{folder}/body.html", **context),
    }


def refuse_ppi(parts: dict[str, str]) -> None:
    for name in ("subject", "body_text"):
        if found := ppi.find(parts[name]):
            raise Invalid(
                f"This has what looks like a client's {found[0].label}, and mail is not safe for it.",
                "Use the client ID from the HMIS instead.",
                rule="MO-HD-5",
            )


def one_line(text: str) -> str:
    """A header's value; a line break in it is refused, because it would start another header."""
    if any(c in text for c in "\r\n\0"):
        raise Invalid("An address or header cannot contain a line break.")
    return text.strip()


def message_id(key: str) -> str:
    """The same for the same key, always: a mail sent twice is recognised as one. Nobody else can tell it in
    advance, because naming it is what a delivery report and an answer are believed for."""
    settings = current_app.config["HEARTHDESK"]
    host = settings.mail_from.rpartition("@")[2] or "localhost"
    return f"<{hmac.digest(settings.secret_key.encode(), key.encode(), 'sha256').hex()[:40]}@{host}>"


def _thread(in_reply_to: str, references: Sequence[str]) -> dict[str, str]:
    named = [*references, in_reply_to] if in_reply_to and in_reply_to not in references else list(references)
    headers = {"In-Reply-To": in_reply_to, "References": " ".join(one_line(r) for r in named[-20:])}
    return {name: one_line(value) for name, value in headers.items() if value}


def is_suppressed(address: str) -> bool:
    query = select(SuppressedAddress.id).where(func.lower(SuppressedAddress.address) == address.lower())
    return db.session.scalar(query) is not None


def suppress(address: str, reason: str) -> None:
    """Send nothing more to an address that bounced for good."""
    if is_suppressed(address):
        return
    row = SuppressedAddress(address=address, reason=reason, at=clock.now())
    db.session.add(row)
    db.session.flush()
    record("outbox.suppressed", row, data={"reason": reason})


def send_again(row: OutboxMessage) -> None:
    """A person has mended what kept a mail from leaving; it starts over, with the same Message-ID.

    Raises Conflict for mail that is on its way or has arrived, and for a secret one.
    """
    if row.state not in (SendState.DEAD, SendState.DROPPED):
        raise Conflict("Only mail that failed or was dropped can be sent again.")
    if is_secret(row.message):
        raise Conflict("Its text held a link for one person and is no longer kept.", "Have a new one made.")
    row.state, row.attempts, row.next_try_at, row.last_error = SendState.QUEUED, 0, clock.now(), ""
    record("outbox.again", row, data={"message": row.message})
    wake_soon(Queue.MAIL)
