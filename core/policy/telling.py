"""How a clock of a pack is told to people: what happened when, and what is owed how soon.

"Left Fri Nov 20, 4:30 PM. Notice is due within 3 business days." The days counted follow it (`core.workcalendar`).
"""

from __future__ import annotations

from datetime import datetime

from core.policy.values import Clock
from core.policy.vocabulary import ClockName
from core.workcalendar import AtOnce
from core.workcalendar.words import day_and_clock

# What began the clock, before its date; what is owed, before its span.
TOLD: dict[ClockName, tuple[str, str]] = {
    ClockName.DEPARTURE_NOTICE: ("Left", "Notice is due"),
    ClockName.DEACTIVATION: ("Known", "Access ends"),
    ClockName.LEAVE_LOCK: ("On leave from", "The account is locked"),
    ClockName.BREACH_NOTICE: ("Known", "Notice is due"),
    ClockName.SERVICE_NOTICE: ("Discovered", "The agencies are told"),
    ClockName.VIOLATION_ACTION: ("Found", "Action is due"),
    ClockName.SERIES_COMPLETION: ("Started", "The series is to be complete"),
    ClockName.SERIES_CORRECTIONS: ("The first days ended", "Corrections are due"),
    ClockName.SERIES_LIMIT: ("Started", "Everything is to be complete"),
    ClockName.CLIENT_RECORD_REQUEST: ("Asked", "An answer is due"),
    ClockName.CLIENT_CORRECTION: ("Asked", "An answer is due"),
    ClockName.CUSTOM_REPORT: ("Counted from", "The report is due"),
    ClockName.CUSTOM_REPORT_LEAD_TIME: ("Needed", "The request is due"),
    ClockName.CONFLICT_MANAGER: ("Taken up", "A settlement is due"),
    ClockName.CONFLICT_IMPASSE: ("Impasse declared", "The data committee is told"),
    ClockName.POLICY_FORWARDING: ("Approved", "Forwarding is due"),
    ClockName.POLICY_ACKNOWLEDGEMENT: ("Delivered", "The acknowledgement is due"),
    ClockName.AGREEMENT_TERMINATION_NOTICE: ("Ends", "Notice is due"),
    ClockName.AGREEMENT_SIGNING: ("Sent", "The signature is due"),
    ClockName.AGREEMENT_TERM: ("Signed", "It is to be signed again"),
    ClockName.DEFAULT_CURE: ("Told of the default", "The cure is due"),
    ClockName.DATA_TRANSFER_REQUEST: ("Terminated", "The request is due"),
    ClockName.INVOICE_DUE: ("Invoiced", "Payment is due"),
    ClockName.HMIS_FIRST_LOGIN: ("Password made", "The first sign-in is due"),
    ClockName.HMIS_PASSWORD_EXPIRY: ("Password set", "A new one is due"),
    ClockName.SUSPENSION_MINIMUM: ("Suspended", "It lasts"),
    ClockName.PROBATION_MAXIMUM: ("On probation since", "It ends"),
    ClockName.PLAN_SUBMISSION: ("Told", "The plan is due"),
    ClockName.PLAN_ACKNOWLEDGEMENT: ("Plan received", "An acknowledgement is due"),
    ClockName.PLAN_ANSWER: ("Plan received", "An answer is due"),
    ClockName.QUARTERLY_FINDING: ("Checked", "A remedy is due"),
    ClockName.VISIT_FINDING: ("Visited", "A remedy is due"),
    ClockName.MONITORING_NOTICE: ("Assessment on", "Notice is due"),
    ClockName.MONITORING_LETTER: ("Assessed", "The letter is due"),
    ClockName.MONITORING_CURE: ("Letter of", "Compliance is due"),
    ClockName.CLEANUP_CURE: ("Letter of", "The cleanup is due"),
    ClockName.LEGAL_REVIEW: ("Sent to legal counsel", "The review is due"),
    ClockName.PRACTICE_RETRY: ("Access denied", "The wait lasts"),
    ClockName.PROVISIONAL_ACCESS: ("Given", "A new decision is due"),
    ClockName.DUPLICATE_REVIEW: ("Last review", "The next one is due"),
    ClockName.ACCOUNT_FINDING: ("Found", "It is to be settled"),
    ClockName.ACCOUNT_FINDING_URGENT: ("Found", "The account is to be off"),
    ClockName.ACCESS_REVIEW: ("Opened", "Every user is to be confirmed"),
    ClockName.ACCESS_DECISION: ("Asked", "A decision is due"),
}


def opening(clock: ClockName, value: Clock, anchor: datetime, due: datetime, event: str = "") -> str:
    """`event` is the beginning where more is known than the clock's own: "Kim Moss left"."""
    began, owed = TOLD[clock]
    when = day_and_clock(anchor, year=anchor.year != due.year, zone=anchor.utcoffset() != due.utcoffset())
    return f"{event or began} {when}. {owed} {_how_soon(value)}."


def _how_soon(value: Clock) -> str:
    if value.before:
        return f"at least {value.before} before"
    if value.at_least:
        return f"at least {value.at_least}"
    if isinstance(value.span, AtOnce):
        return "at once"
    return f"within {_lower_end(value)}{value.span}"


def _lower_end(value: Clock) -> str:
    return f"{getattr(value.shortest, 'count', '')} to " if value.shortest else ""
