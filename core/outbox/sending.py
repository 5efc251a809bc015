"""Claim, commit, then send: the only user of Flask-Mail."""

from __future__ import annotations

import logging
import random
import re
import secrets
import smtplib
from datetime import timedelta
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any
from urllib.parse import unquote, urlsplit

import flask_mail
from flask import Flask, current_app
from sqlalchemy import and_, or_, select, update

from core import clock
from core.audit import acting_as, record
from core.db import db, unit_of_work
from core.errors import Invalid
from core.outbox.models import OutboxMessage, SendState
from core.outbox.services import is_secret, is_suppressed, refuse_ppi, refused_by_a_guard, still_relevant

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=5)
MOST_TRIES = 8
FIRST_RETRY = timedelta(seconds=30)


class Connection(flask_mail.Connection):
    """Flask-Mail's connection, which waits for a silent server only so long."""

    def configure_host(self) -> smtplib.SMTP:
        kind = smtplib.SMTP_SSL if self.mail.use_ssl else smtplib.SMTP
        host = kind(self.mail.server, self.mail.port, timeout=current_app.config["HEARTHDESK"].smtp_timeout)
        if self.mail.use_tls:
            host.starttls()
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host


class Message(flask_mail.Message):
    """Flask-Mail's message; an invitation stands beside the text (RFC 6047), where mail programs offer to answer it."""

    calendar = ""

    def _message(self) -> MIMEBase:
        whole = super()._message()
        if self.calendar:
            method = re.search(r"^METHOD:([A-Z]+)", self.calendar, re.MULTILINE)
            part = MIMEText(self.calendar, "calendar", "utf-8")
            part.set_param("method", method[1] if method else "PUBLISH")
            beside = whole.get_payload(0)
            assert isinstance(beside, MIMEMultipart), "every mail of ours has text and HTML"
            beside.attach(part)
        return whole


def init_app(app: Flask) -> None:
    """Point Flask-Mail at SMTP_URL: smtp://user:password@host:port, smtps:// or smtp+starttls://."""
    url = urlsplit(app.config["HEARTHDESK"].smtp_url)
    app.config.update(
        MAIL_SERVER=url.hostname or "localhost",
        MAIL_PORT=url.port or (465 if url.scheme == "smtps" else 25),
        MAIL_USE_SSL=url.scheme == "smtps",
        MAIL_USE_TLS=url.scheme == "smtp+starttls",
        MAIL_USERNAME=unquote(url.username or "") or None,
        MAIL_PASSWORD=unquote(url.password or "") or None,
        MAIL_DEFAULT_SENDER=app.config["HEARTHDESK"].mail_from,
        MAIL_SUPPRESS_SEND=False,
    )
    flask_mail.Mail(app)


def drain() -> int:
    """Send what is queued; returns how many left. Does nothing where no SMTP_URL is set."""
    if not current_app.config["HEARTHDESK"].smtp_url:
        return 0
    sent = 0
    with acting_as("system:outbox"):
        while ids := _claim():
            sent += _send_batch(*ids)
    return sent


def _claim() -> tuple[str, list[int]] | None:
    """Mark a batch as ours and commit, before anything leaves; rows whose sender died come back."""
    now, token = clock.now(), secrets.token_hex(8)
    with unit_of_work() as session:
        ids = list(
            session.scalars(
                select(OutboxMessage.id)
                .where(
                    or_(
                        OutboxMessage.state == SendState.QUEUED,
                        OutboxMessage.state == SendState.INFLIGHT,
                    ),
                    OutboxMessage.next_try_at <= now,
                )
                .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(ids))
            .values(
                state=SendState.INFLIGHT,
                claim_token=token,
                next_try_at=now + LEASE,
                attempts=OutboxMessage.attempts + 1,
            )
        )
    return (token, ids) if ids else None


def _send_batch(token: str, ids: list[int]) -> int:
    sent = 0
    connection: Connection | None = None
    for message_id in ids:
        row = _ours(message_id, token)
        if row is None or not _may_leave(row, token):
            continue
        try:
            connection = connection or _connect()
            _hand_over(connection, row)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            _failed(row, token, error)
            _drop(connection)
            connection = None
            continue
        _finish(row, token, state=SendState.SENT, sent_at=clock.now(), last_error="")
        sent += 1
    _farewell(connection)
    return sent


def _farewell(connection: Connection | None) -> None:
    """What it took is kept as sent by now; a server that does not answer the farewell takes nothing back."""
    if connection is not None and connection.host is not None:
        try:
            connection.host.quit()
        except (OSError, smtplib.SMTPException):
            _drop(connection)


def _drop(connection: Connection | None) -> None:
    """Hang up without the farewell, on a server that just failed to answer."""
    if connection is not None and connection.host is not None:
        connection.host.close()


def _ours(message_id: int, token: str) -> OutboxMessage | None:
    """The row, when this sender still holds it: a sender that slept past its lease sends nothing."""
    with unit_of_work() as session:
        row = session.get(OutboxMessage, message_id, populate_existing=True)
        if row is None or row.claim_token != token or row.next_try_at <= clock.now():
            return None
        return row


def _may_leave(row: OutboxMessage, token: str) -> bool:
    """Checked again at the last moment: relevance, recipient, personal data."""
    with unit_of_work():
        reason = _reason_to_drop(row)
    if reason:
        _finish(row, token, state=SendState.DROPPED, last_error=reason)
        return False
    return True


def _reason_to_drop(row: OutboxMessage) -> str:
    if not still_relevant(row):
        return "no longer relevant"
    if is_suppressed(row.address):
        return "the address bounced before"
    if reason := refused_by_a_guard(row):
        return reason
    try:
        refuse_ppi({"subject": row.subject, "body_text": row.body_text})
    except Invalid as error:
        return error.message
    return ""


def _connect() -> Connection:
    connection = Connection(current_app.extensions["mail"])
    connection.__enter__()
    return connection


def _hand_over(connection: Connection, row: OutboxMessage) -> None:
    mail = Message(
        subject=row.subject,
        sender=row.sender or None,
        recipients=[row.address],
        body=row.body_text,
        html=row.body_html,
        reply_to=row.reply_to or None,
        extra_headers={"Auto-Submitted": "auto-generated", **row.headers},
    )
    mail.msgId = row.message_id
    if row.calendar:
        mail.calendar = row.calendar
        mail.attach("session.ics", "text/calendar", row.calendar.encode())
    connection.send(mail)


def _failed(row: OutboxMessage, token: str, error: Exception) -> None:
    """Try again later, each time later; after the last try it is dead, and people can see it."""
    dead = row.attempts >= MOST_TRIES or _is_permanent(error)
    wait = FIRST_RETRY * 2 ** (row.attempts - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
    told = f"{type(error).__name__}: {error}"[:500]
    _finish(
        row,
        token,
        state=SendState.DEAD if dead else SendState.QUEUED,
        next_try_at=clock.now() + wait,
        last_error=told,
    )
    log.warning("mail %s was not taken (try %s): %s", row.id, row.attempts, type(error).__name__)


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, ValueError):  # an address or header that cannot be written; the next try is no better
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and 550 <= error.smtp_code < 560


def _finish(row: OutboxMessage, token: str, **values: Any) -> None:
    """Say how it went, if the mail is still ours; a secret one that will not be tried again loses its text."""
    if is_secret(row.message) and values["state"] is not SendState.QUEUED:
        values |= {"body_text": "", "body_html": ""}
    with unit_of_work() as session:
        ours = and_(OutboxMessage.id == row.id, OutboxMessage.claim_token == token)
        done = session.scalar(update(OutboxMessage).where(ours).values(**values).returning(OutboxMessage.id))
        if done and values["state"] is not SendState.QUEUED:
            record(f"outbox.{values['state']}", row, data={"message": row.message, "key": row.key})
        session.flush()
        db.session.expire(row)
