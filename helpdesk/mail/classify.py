"""What sent a message: a person, a machine that answers by itself, or a mail server that could not deliver. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from flufl.bounce import all_failures

from helpdesk.mail.parse import Parsed

AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:auto(?:matic)?[- ]?(?:reply|response|antwort)|automatische antwort|out of (?:the )?office|abwesenheit"
    r"|réponse automatique|absence du bureau|respuesta automática|fuera de (?:la )?oficina|risposta automatica"
    r"|resposta automática|automatisch antwoord|autosvar|automatisk svar|автоответ|автоматический ответ)",
    re.IGNORECASE,
)
SERVERS = ("mailer-daemon@", "postmaster@", "mail-daemon@")
UNDELIVERED = re.compile(
    r"undeliver|delivery (?:status|has failed|failure)|returned mail|mail delivery|failure notice", re.IGNORECASE
)


class Sender(StrEnum):
    PERSON = "person"
    MACHINE = "auto-reply"
    MAIL_SERVER = "bounce"


@dataclass(frozen=True)
class Verdict:
    """`failed` are the addresses that a mail server gave up on; one that it still tries is not among them."""

    sender: Sender
    reason: str = ""
    failed: frozenset[str] = frozenset()


def classify(parsed: Parsed) -> Verdict:
    if _is_report(parsed):
        return _bounce(parsed)
    if _has_null_sender(parsed) and (report := _bounce(parsed)).failed:
        return report
    if reason := _automatic(parsed):
        return Verdict(Sender.MACHINE, reason)
    return Verdict(Sender.PERSON)


def _is_report(parsed: Parsed) -> bool:
    """A delivery report: by its type, or from a mail server."""
    if parsed.message.get_content_type() == "multipart/report":
        return str(parsed.message.get_param("report-type") or "").lower() == "delivery-status"
    if parsed.sender.startswith(SERVERS):
        return True
    told = UNDELIVERED.search(parsed.subject) or parsed.header("X-Failed-Recipients")
    return _has_null_sender(parsed) and bool(told)


def _has_null_sender(parsed: Parsed) -> bool:
    """Sent so that no answer can come back, as only machines do."""
    return parsed.header("Return-Path").replace(" ", "") == "<>"


def _bounce(parsed: Parsed) -> Verdict:
    failed = frozenset(address.decode("ascii", "replace").lower() for address in _given_up(parsed))
    if not failed:
        return Verdict(Sender.MAIL_SERVER, "a delivery report, nothing failed for good")
    return Verdict(Sender.MAIL_SERVER, f"could not be delivered: {', '.join(sorted(failed))}", failed)


def _given_up(parsed: Parsed) -> frozenset[bytes]:
    try:
        return frozenset(all_failures(parsed.message)[1])
    except (ValueError, TypeError, LookupError, AttributeError):  # a report that breaks the reader names nobody
        return frozenset()


def may_be_a_tracker(parsed: Parsed) -> bool:
    """Whether it can be a person's answer though it says that it is automatic: ticket systems mark all they send
    so. An absence has a subject of its own, and what is sent so that no answer can come back is no answer."""
    is_receipt = parsed.message.get_content_type() == "multipart/report"
    return not (is_receipt or _has_null_sender(parsed) or AUTOMATIC_SUBJECT.match(parsed.subject))


def _automatic(parsed: Parsed) -> str:
    if parsed.header("Auto-Submitted").split(";")[0].strip().lower() not in ("", "no"):
        return "it says that it was sent automatically"
    if parsed.header("X-Autoreply") or parsed.header("X-Autorespond") or parsed.header("X-Auto-Reply"):
        return "it says that it is an automatic reply"
    if "all" in re.split(r"[\s,;]+", parsed.header("X-Auto-Response-Suppress").lower()):
        return "it wants no automatic answer of any kind, as only automatic replies do"
    if parsed.header("Precedence").strip().lower() in ("auto_reply", "junk"):
        return "its precedence is that of an automatic reply"
    if parsed.message.get_content_type() == "multipart/report":
        return "it is a mail program's receipt"
    if _has_null_sender(parsed):
        return "it was sent so that no answer can come back"
    if AUTOMATIC_SUBJECT.match(parsed.subject):
        return "its subject is that of an automatic reply"
    return ""
