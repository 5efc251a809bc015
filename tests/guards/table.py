"""Who may do what, route by route: written by hand from the manuals, and never from the code.

One letter is one role:

    e end user    r authorized representative    t agency (technical) administrator    s security officer
    x executive director    g Lead agent    n Lead trainer    m manager of the CoC    a Lead administrator
    c officer: in the leadership of the CoC, or in one of its committees

In a row, `may` lists who is let through; `reads` who sees the thing but is refused the deed (403);
`blind` who has that room for things of their own, and for whom this one is not there (404). Whoever is
in none of the three is refused at the door (403), whatever the thing. What lies beyond a role's reach is
not there (404) for `may` and `reads` too: see REACH.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.guards.agency_rows import PUBLIC as AGENCY_PUBLIC
from tests.guards.agency_rows import ROUTES as AGENCY_ROUTES
from tests.guards.agreement_rows import ROUTES as AGREEMENT_ROUTES
from tests.guards.agreement_rows import SIGNED_IN as AGREEMENT_SIGNED_IN
from tests.guards.answering_rows import ROUTES as ANSWERING_ROUTES
from tests.guards.bond_rows import ROUTES as BOND_ROUTES
from tests.guards.books_rows import ROUTES as BOOKS_ROUTES
from tests.guards.change_rows import ROUTES as CHANGE_ROUTES
from tests.guards.course_rows import ROUTES as COURSE_ROUTES
from tests.guards.credential_rows import ROUTES as CREDENTIAL_ROUTES
from tests.guards.credential_rows import SIGNED_IN as CREDENTIAL_SIGNED_IN
from tests.guards.desk_rows import ROUTES as DESK_ROUTES
from tests.guards.ending_rows import ROUTES as ENDING_ROUTES
from tests.guards.fees_rows import ROUTES as FEE_ROUTES
from tests.guards.filing_rows import ROUTES as FILING_ROUTES
from tests.guards.intake_rows import PUBLIC as INTAKE_PUBLIC
from tests.guards.intake_rows import ROUTES as INTAKE_ROUTES
from tests.guards.invoices_rows import ROUTES as INVOICE_ROUTES
from tests.guards.leave_rows import ROUTES as LEAVE_ROUTES
from tests.guards.mail_rows import ROUTES as MAIL_ROUTES
from tests.guards.payments_rows import ROUTES as PAYMENT_ROUTES
from tests.guards.practice_rows import ROUTES as PRACTICE_ROUTES
from tests.guards.practice_rows import SIGNED_IN as PRACTICE_SIGNED_IN
from tests.guards.recertification_rows import ROUTES as RECERTIFICATION_ROUTES
from tests.guards.recertification_rows import SIGNED_IN as RECERTIFICATION_SIGNED_IN
from tests.guards.reconciliation_rows import ROUTES as RECONCILIATION_ROUTES
from tests.guards.reports_rows import ROUTES as REPORTS_ROUTES
from tests.guards.requirement_rows import ROUTES as REQUIREMENT_ROUTES
from tests.guards.requirement_rows import SIGNED_IN as REQUIREMENT_SIGNED_IN
from tests.guards.review_rows import ROUTES as REVIEW_ROUTES
from tests.guards.roster_rows import ROUTES as ROSTER_ROUTES
from tests.guards.routing_rows import ROUTES as ROUTING_ROUTES
from tests.guards.satisfaction_rows import PUBLIC as SATISFACTION_PUBLIC
from tests.guards.satisfaction_rows import ROUTES as SATISFACTION_ROUTES
from tests.guards.seat_rows import ROUTES as SEAT_ROUTES
from tests.guards.series_rows import ROUTES as SERIES_ROUTES
from tests.guards.series_rows import SIGNED_IN as SERIES_SIGNED_IN
from tests.guards.session_rows import PUBLIC as SESSION_PUBLIC
from tests.guards.session_rows import ROUTES as SESSION_ROUTES
from tests.guards.transcript_rows import PUBLIC as TRANSCRIPT_PUBLIC
from tests.guards.transcript_rows import ROUTES as TRANSCRIPT_ROUTES
from tests.guards.transcript_rows import SIGNED_IN as TRANSCRIPT_SIGNED_IN
from tests.guards.vendor_rows import ROUTES as VENDOR_ROUTES

ROLES = {
    "e": "End user",
    "r": "Authorized representative",
    "t": "Agency administrator",
    "s": "Security officer",
    "x": "Executive director",
    "g": "Lead agent",
    "n": "Lead trainer",
    "m": "Manager of the CoC",
    "a": "Lead administrator",
    "c": "Officer",
}
EVERYBODY = "ertsxgnmac"
AGENCY = "rtsx"
LEAD = "gnma"
DESK = "gma"


class Place(StrEnum):
    """Whose a thing is: the role's own agency, the same CoC, the same Lead, or another Lead."""

    OWN = "own agency"
    OTHER = "other agency"
    NEXT_DOOR = "other CoC"
    FOREIGN = "other Lead"


_AT_HOME = frozenset({Place.OWN})
REACH = {
    **dict.fromkeys("ertsx", _AT_HOME),
    **dict.fromkeys("mc", _AT_HOME | {Place.OTHER}),
    **dict.fromkeys("gna", _AT_HOME | {Place.OTHER, Place.NEXT_DOOR}),
}


class Door(StrEnum):
    """`open` to everybody; to whoever has signed in (`signed-in`); by role; or only there in a demo."""

    OPEN = "open"
    SIGNED_IN = "signed-in"
    ROLES = "roles"
    DEMO = "demo"


@dataclass(frozen=True)
class Row:
    """`thing` is the kind of object whose number stands in the address, `body` what a writer sends.

    `of` says what the reach of the thing is: `agency` as in REACH, `lead` for what belongs to a whole Lead,
    `coc` for what belongs to a CoC, `oneself` for what is the person's own and nobody else's.
    """

    route: str
    may: str = ""
    reads: str = ""
    blind: str = ""
    door: Door = Door.ROLES
    thing: str = ""
    of: str = "agency"
    body: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def method(self) -> str:
        return self.route.split()[0]

    @property
    def rule(self) -> str:
        return self.route.split()[1].partition("?")[0]

    @property
    def is_api(self) -> bool:
        return self.rule.startswith("/api/")


def everybody(route: str, note: str = "", **values: Any) -> Row:
    return Row(route, may=EVERYBODY, door=Door.OPEN, note=note, **values)


def signed_in(route: str, **values: Any) -> Row:
    return Row(route, may=EVERYBODY, door=Door.SIGNED_IN, **values)


def _form(action: str, **fields: Any) -> dict[str, Any]:
    """A form of the ticket's page: its fields carry the action's name."""
    return {f"{action}-{name}": value for name, value in {"nonce": "{once}", **fields}.items()}


_WORDS = {"reason": "A reason in plain words."}
_TEXT = {"text": "Some plain words."}
_LEAVING = {"person": "{leaver}", "left_on": "2026-11-24", "left_at": "16:30", "reason": "left", "once": "{once}"}
_ASKED = {
    "once": "{once}",
    "name": "Lena Chen",
    "email": "l.chen@agency.test",
    "employment": "paid-staff",
    "level": "{level}",
    "projects": "{project}",
    "is_of_age": "y",
    "enters_data": "yes",
}

_SPANS = [
    *(f"{d}_{p}" for d in ("agency", "lead") for p in ("first_answer", "next_answer", "resolution")),
    "agency_escalation",
    "silence",
    "vendor",
]
PRACTICE = {
    "nonce": "{once}",
    "place": "{coc}",
    "since": "2027-03-01",
    "attempts": "2",
    **{f"{span}_unit": "business_days" for span in _SPANS},
}

OPEN_ROWS = (
    everybody("GET /healthz"),
    everybody("GET /readyz"),
    everybody("GET /api/v1/openapi.json"),
    everybody("GET /forgot-password"),
    everybody("POST /forgot-password"),
    everybody("GET /forgot-password/sent"),
    everybody("GET /set-password"),
    everybody("POST /set-password"),
    everybody("GET /set-password/<token>"),
    everybody("GET /sign-in"),
    everybody("POST /sign-in"),
    everybody("GET /sign-in/code", note="Without a half-finished sign-in it leads back to the start."),
    everybody("POST /sign-in/code"),
    everybody("GET /sign-in/locked"),
    everybody("GET /sign-in/new-password"),
    everybody("POST /sign-in/new-password"),
    everybody("GET /sign-in/second-factor"),
    everybody("POST /sign-in/second-factor"),
    everybody("POST /sign-out"),
    Row("GET /demo/mail", door=Door.DEMO),
    Row("GET /demo/mail/<message_id>", door=Door.DEMO),
)

ACCOUNT_ROWS = (
    signed_in("GET /"),
    signed_in("GET /search"),
    signed_in("GET /rules/<rule_id>"),
    signed_in("GET /account"),
    signed_in("POST /account"),
    signed_in("GET /account/password"),
    signed_in("POST /account/password"),
    signed_in("GET /account/recovery-codes"),
    signed_in("POST /account/recovery-codes"),
    signed_in("GET /account/second-factor"),
    signed_in("POST /account/second-factor"),
    signed_in("GET /account/sessions"),
    signed_in("POST /account/sessions/<int:session_id>/end", thing="session", of="oneself"),
    signed_in("GET /account/tokens"),
    signed_in("POST /account/tokens"),
    signed_in("POST /account/tokens/<int:token_id>/revoke", thing="token", of="oneself"),
    signed_in("GET /api/v1/me"),
    Row("GET /sign-ins", may="tma"),
    *(
        Row(f"POST /sign-ins/<int:person_id>/{deed}", may="tma", thing="person")
        for deed in ("invite", "unlock", "reset-second-factor", "new-password")
    ),
)

OFFICE_ROWS = (
    Row("GET /agencies", may=AGENCY + LEAD),
    Row("GET /agencies/<int:agency_id>", may=AGENCY + LEAD, thing="agency"),
    Row(
        "GET /people/<int:person_id>",
        may=AGENCY + LEAD,
        blind="ec",
        thing="person",
        door=Door.SIGNED_IN,
        note="An end user has a page of their own, and sees nobody else's.",
    ),
    Row("GET /deadlines", may=AGENCY + LEAD),
    Row("GET /deadlines/<int:deadline_id>", may=AGENCY + LEAD, thing="deadline"),
    Row("GET /api/v1/deadlines", may=AGENCY + LEAD),
    Row("GET /api/v1/deadlines/<int:deadline_id>", may=AGENCY + LEAD, thing="deadline"),
    Row("GET /closures", may=LEAD),
    Row("POST /closures", may="a", body={"day": "2027-03-01", "name": "Snow", "confirm": "1"}),
    Row("GET /closures/<int:closure_id>", may="a", thing="closure", of="lead"),
    Row("POST /closures/<int:closure_id>/take-back", may="a", thing="closure", of="lead"),
    Row("GET /api/v1/closures", may=LEAD),
    Row("POST /api/v1/closures", may="a", body={"day": "2027-03-01", "name": "Snow"}),
    Row("POST /api/v1/closures/<int:closure_id>/take-back", may="a", thing="closure", of="lead"),
    Row("GET /practice", may=DESK),
    Row("GET /practice/new", may="ma"),
    Row("POST /practice/new", may="ma", body=PRACTICE),
    Row("GET /practice/<int:practice_id>", may=DESK, thing="practice", of="lead"),
    Row("GET /api/v1/practices", may=DESK),
    Row("GET /api/v1/practices/<int:practice_id>", may=DESK, thing="practice", of="lead"),
    Row("GET /audit", may="ma"),
    Row("GET /outbox", may="a"),
    Row(
        "POST /outbox/<int:message_id>/again",
        may="a",
        thing="outbox",
        of="lead",
        note="Outgoing mail belongs to the whole Lead; the manager of one CoC sees none of it.",
    ),
    Row("GET /mail/automatic-replies", may=DESK),
    Row("GET /mail/quarantine", may=DESK),
    Row(
        "GET /mail/quarantine/<int:message_id>",
        may=DESK,
        thing="mail",
        of="lead",
        note="Nobody can say yet which CoC a quarantined mail is about, so a manager of any of them may look.",
    ),
    Row("POST /mail/quarantine/<int:message_id>/again", may=DESK, thing="mail", of="lead"),
    Row(
        "POST /mail/quarantine/<int:message_id>/ticket",
        may=DESK,
        thing="mail",
        of="lead",
        body={"sender": "erin@agency.test", "subject": "By hand", "text": "What it said."},
    ),
)

TICKET = {"thing": "ticket"}
ASK = {"subject": "Printing", "category": "problem", "nonce": "{once}", **_TEXT}
CALLER = {"channel": "phone", "address": "caller@elsewhere.test", "name": "A caller"}
TICKET_ROWS = (
    Row("GET /tickets", may="ertsxgma", note="End users and officers list what they asked themselves."),
    Row("GET /tickets/new", may="ertsxgma"),
    Row("POST /tickets/new", may="ertsxgma", body=ASK | CALLER),
    Row("GET /tickets/<int:ticket_id>", may="etxgma", blind="rs", **TICKET),
    Row(
        "POST /tickets/<int:ticket_id>/reply",
        may="e",
        reads="txgma",
        blind="rs",
        body=_form("reply", **_TEXT),
        **TICKET,
    ),
    Row("POST /tickets/<int:ticket_id>/answer", may="tgma", body=_form("answer", **_TEXT), **TICKET),
    Row("POST /tickets/<int:ticket_id>/note", may=DESK, body=_form("note", **_TEXT), **TICKET),
    Row("POST /tickets/<int:ticket_id>/forward", may="tgma", body=_form("forward", **_WORDS), **TICKET),
    Row("POST /tickets/<int:ticket_id>/assign", may="tgma", body=_form("assign", to="0"), **TICKET),
    Row(
        "POST /tickets/<int:ticket_id>/close",
        may="etgma",
        reads="x",
        blind="rs",
        body=_form("close", **_WORDS),
        **TICKET,
    ),
    Row(
        "POST /tickets/<int:ticket_id>/prioritize",
        may="tgma",
        body=_form("prioritize", to="high", **_WORDS),
        **TICKET,
    ),
    Row("POST /tickets/<int:ticket_id>/call", may="tgma", thing="answered", body=_form("call", **_WORDS)),
    Row("POST /tickets/<int:ticket_id>/decline", may=DESK, body=_form("decline", **_WORDS), **TICKET),
    Row("POST /tickets/<int:ticket_id>/hand-back", may=DESK, thing="at_lead", body=_form("hand-back", **_WORDS)),
    Row(
        "POST /tickets/<int:ticket_id>/ask-vendor",
        may=DESK,
        reads="t",
        thing="at_lead",
        body=_form("ask-vendor", **_TEXT),
        note="SON-HD-4: only the Lead speaks with the vendor; an agency's administrator is told that rule.",
    ),
    Row(
        "POST /tickets/<int:ticket_id>/reopen",
        may="etgma",
        reads="x",
        blind="rs",
        thing="closed",
        body=_form("reopen", **_WORDS),
    ),
    Row("POST /tickets/<int:ticket_id>/messages/<int:message_id>/reveal", may=DESK, **TICKET),
    Row("GET /tickets/<int:ticket_id>/files/<int:file_id>", may="etxgma", blind="rs", **TICKET),
    Row("POST /tickets/<int:ticket_id>/files/<int:file_id>/reveal", may=DESK, **TICKET),
    Row("GET /api/v1/tickets", may="ertsxgma"),
    Row(
        "POST /api/v1/tickets",
        may="ertsxgma",
        body={"subject": "Printing", **_TEXT},
        note="Lead staff get 422: a ticket by the API is the caller's own, and they work at no agency.",
    ),
    Row("GET /api/v1/tickets/<int:ticket_id>", may="etxgma", blind="rs", **TICKET),
    Row("POST /api/v1/tickets/<int:ticket_id>/replies", may="etgma", reads="x", blind="rs", body=_TEXT, **TICKET),
    Row("POST /api/v1/tickets/<int:ticket_id>/forward", may="tgma", body=_WORDS, **TICKET),
    Row("POST /api/v1/tickets/<int:ticket_id>/close", may="etgma", reads="x", blind="rs", body=_WORDS, **TICKET),
)

REQUEST = {"thing": "request"}
DRAFT: dict[str, Any] = {"thing": "draft", "of": "oneself"}
OWN_DRAFT = "Whoever keeps a draft discards it; this one is another person's."
_DISCLOSED = {"agency_id": "{agency#}", "is_client": False, "has_family": False, "agrees": True}
NEW_REQUEST = {
    "agency_id": "{agency#}",
    "name": "Lena Chen",
    "email": "l.chen@agency.test",
    "employment": "paid-staff",
    "level": "{level}",
    "is_of_age": True,
    "project_ids": ["{project#}"],
}
DECIDED = {"decision": "deny", **_WORDS}
WHO_DECIDES = (
    "MO-LI-3: the manager of the agency's CoC. An agency's own administrator only where the pack says so (VT-LI-6)."
)
WHO_READS = "VT-LI-4: restricted to those who need it; each look is in the audit."
ACCESS_ROWS = (
    Row("GET /access", may=AGENCY + LEAD),
    Row("GET /access/new", may="rtx", note="MO-LI-2 narrows it to authorized representatives where the pack says so."),
    Row("GET /access/new?agency={agency}", may="rtx", thing="agency"),
    Row("POST /access/new?agency={agency}", may="rtx", thing="agency", body=_ASKED),
    Row("GET /access/<int:request_id>", may=AGENCY + LEAD, **REQUEST),
    Row(
        "POST /access/<int:request_id>/approve",
        may="m",
        reads="t",
        body={"decision-reason": "Known to us."},
        note=WHO_DECIDES,
        **REQUEST,
    ),
    Row("POST /access/<int:request_id>/deny", may="m", reads="t", body={"decision-reason": "Not known."}, **REQUEST),
    Row(
        "POST /access/<int:request_id>/protected/<int:project_id>",
        may=AGENCY + LEAD,
        body={"protected-{project}-reason": "Needed."},
        note="Whoever is named for the protected project approves; this one is not protected, which all are told.",
        **REQUEST,
    ),
    Row("POST /access/<int:request_id>/confirm/<line>", may="nma", body={"{line}-reason": "Seen."}, **REQUEST),
    Row("POST /access/<int:request_id>/activate", may="ma", **REQUEST),
    Row("POST /access/<int:request_id>/withdraw", may="rtx", **REQUEST),
    signed_in("GET /disclosure"),
    signed_in("POST /disclosure"),
    signed_in("POST /api/v1/my-disclosures", body=_DISCLOSED),
    Row("POST /disclosure/<int:disclosure_id>/reveal", may="tma", thing="disclosure", note=WHO_READS),
    Row("POST /api/v1/disclosures/<int:disclosure_id>/reveal", may="tma", thing="disclosure"),
    Row("GET /access/lists", may=AGENCY + LEAD),
    Row("GET /access/lists/new", may="rtx"),
    Row("GET /access/lists/new?agency={agency}", may="rtx", thing="agency"),
    Row("POST /access/lists/new?agency={agency}", may="rtx", thing="agency"),
    Row("GET /access/lists/<int:batch_id>", may=AGENCY + LEAD, thing="batch"),
    Row("GET /access/lists/<int:batch_id>/left.csv", may=AGENCY + LEAD, thing="batch"),
    Row("POST /access/lists/<int:batch_id>/send", may="rtx", thing="batch"),
    Row("POST /access/lists/<int:batch_id>/discard", may="rtx", thing="batch"),
    Row("POST /api/v1/access-lists", may="rtx", thing="agency", body={"agency_id": "{agency#}", "rows": [{}]}),
    Row("GET /api/v1/access-lists/<int:batch_id>", may=AGENCY + LEAD, thing="batch"),
    Row("POST /api/v1/access-lists/<int:batch_id>/sending", may="rtx", thing="batch"),
    Row("POST /api/v1/access-lists/<int:batch_id>/discarding", may="rtx", thing="batch"),
    Row("GET /access/licenses", may=AGENCY + LEAD),
    Row("GET /access/licenses/<int:license_id>", may=AGENCY + LEAD, thing="license"),
    Row("POST /access/licenses/<int:license_id>/reporting", may="ma", thing="license", body={"on": "1"}),
    Row(
        "POST /access/licenses/<int:license_id>/suspicion",
        may="tma",
        thing="license",
        body={"suspicion-reason": "A shared password."},
    ),
    Row(
        "POST /access/licenses/<int:license_id>/suspicion/lift",
        may="ma",
        thing="license",
        body={"suspicion-reason": "It was none."},
        note="This one is not suspended, which all who may are told.",
    ),
    Row(
        "POST /access/licenses/<int:license_id>/unused/unlock",
        may="ma",
        thing="license",
        body={"unlock-reason": "Took the refresher."},
        note="This one is not locked, which all who may are told.",
    ),
    Row("POST /api/v1/licenses/<int:license_id>/unused/unlocking", may="ma", thing="license", body=_WORDS),
    Row("POST /api/v1/licenses/<int:license_id>/suspicion", may="tma", thing="license", body=_WORDS),
    Row("POST /api/v1/licenses/<int:license_id>/suspicion/lifting", may="ma", thing="license", body=_WORDS),
    Row("GET /api/v1/licenses", may=AGENCY + LEAD),
    Row("GET /api/v1/licenses/<int:license_id>", may=AGENCY + LEAD, thing="license"),
    Row("GET /api/v1/access-requests", may=AGENCY + LEAD),
    Row("POST /api/v1/access-requests", may="rtx", body=NEW_REQUEST),
    Row("GET /api/v1/access-requests/<int:request_id>", may=AGENCY + LEAD, **REQUEST),
    Row("POST /api/v1/access-requests/<int:request_id>/activation", may="ma", **REQUEST),
    Row("POST /api/v1/access-requests/<int:request_id>/confirmations/<line>", may="nma", body=_WORDS, **REQUEST),
    Row(
        "POST /api/v1/access-requests/<int:request_id>/protected/<int:project_id>",
        may=AGENCY + LEAD,
        body=_WORDS,
        note="Whoever is named for the protected project approves; this one is not protected, which all are told.",
        **REQUEST,
    ),
    Row("POST /api/v1/access-requests/<int:request_id>/withdrawal", may="rtx", **REQUEST),
    Row("POST /access/drafts/<int:draft_id>/discard", blind="rtx", note=OWN_DRAFT, **DRAFT),
    Row("GET /api/v1/access-drafts", may="rtx"),
    Row("POST /api/v1/access-drafts", may="rtx", thing="agency", body={"agency_id": "{agency#}", "name": "Lena Chen"}),
    Row("POST /api/v1/access-drafts/<int:draft_id>/discarding", blind="rtx", note=OWN_DRAFT, **DRAFT),
    Row("POST /api/v1/access-requests/<int:request_id>/decision", may="m", reads="t", body=DECIDED, **REQUEST),
)

DEPARTURE = {"thing": "departure"}
NEW_DEPARTURE = {
    "agency_id": "{agency#}",
    "person_id": "{leaver#}",
    "leaves_at": "2026-11-24T16:30:00-08:00",
    "reason": "left",
}
DEPARTURE_ROWS = (
    Row("GET /departures", may=AGENCY + LEAD),
    Row("GET /departures/new", may="rtx" + DESK),
    Row("GET /departures/new?agency={agency}", may="rtx" + DESK, thing="agency"),
    Row("POST /departures/new?agency={agency}", may="rtx" + DESK, thing="agency", body=_LEAVING),
    Row("POST /departures/preview?agency={agency}", may="rtx" + DESK, thing="agency", body=_LEAVING),
    Row("GET /departures/<int:departure_id>", may=AGENCY + LEAD, **DEPARTURE),
    Row("POST /departures/<int:departure_id>/undo", may="rtx" + DESK, **DEPARTURE),
    Row(
        "POST /departures/<int:departure_id>/notice",
        may="rtx",
        reads=DESK,
        note="The notice is the agency's to give; the Lead's staff cannot give it for them.",
        **DEPARTURE,
    ),
    Row("POST /departures/<int:departure_id>/off", may=DESK, body={"evidence": "Seen in the HMIS."}, **DEPARTURE),
    Row("GET /api/v1/departures", may=AGENCY + LEAD),
    Row("POST /api/v1/departures", may="rtx" + DESK, thing="agency", body=NEW_DEPARTURE),
    Row("GET /api/v1/departures/<int:departure_id>", may=AGENCY + LEAD, **DEPARTURE),
    Row("POST /api/v1/departures/<int:departure_id>/undo", may="rtx" + DESK, **DEPARTURE),
)

ARTICLE = {"thing": "article", "of": "coc"}
PUBLIC_ARTICLE = {"thing": "public_article", "of": "coc"}
WRITTEN = {
    "nonce": "{once}",
    "base": "2",
    "title": "How to fold",
    "body": "Fold it once.",
    "place": "{article_place}",
    "kind": "article",
    "audience": "signed-in",
    "owner_id": "{article_owner}",
    "review_on": "2027-11-20",
    "why": "It was missing.",
}
NEW_ARTICLE = {
    "title": "How to fold",
    "body": "Fold it once.",
    "coc_id": "{article_coc#}",
    "kind": "article",
    "audience": "signed-in",
    "owner_id": "{article_owner#}",
    "review_on": "2027-11-20",
}
REPLY = {"thing": "reply", "of": "lead"}
KNOWLEDGE_ROWS = (
    everybody("GET /help"),
    everybody("GET /help/<int:article_id>", **PUBLIC_ARTICLE),
    Row("GET /knowledge", may=EVERYBODY),
    Row("GET /knowledge/new", may=LEAD),
    Row("POST /knowledge/new", may=LEAD, body=WRITTEN),
    Row("POST /knowledge/suggest", may=EVERYBODY, body=_TEXT),
    Row("GET /knowledge/<int:article_id>", may=EVERYBODY, **ARTICLE),
    Row("GET /knowledge/<int:article_id>/edit", may=LEAD, **ARTICLE),
    Row("POST /knowledge/<int:article_id>/edit", may=LEAD, body=WRITTEN, **ARTICLE),
    Row(
        "POST /knowledge/<int:article_id>/helpful", may=EVERYBODY, body={"nonce": "{once}", "helpful": "yes"}, **ARTICLE
    ),
    Row("POST /knowledge/<int:article_id>/publish", may=LEAD, **ARTICLE),
    Row(
        "POST /knowledge/<int:article_id>/retire",
        may=LEAD,
        body={"nonce": "{once}", "because": "It is old."},
        **ARTICLE,
    ),
    Row(
        "POST /knowledge/<int:article_id>/review",
        may=LEAD,
        body={"nonce": "{once}", "review_on": "2027-11-20"},
        **ARTICLE,
    ),
    Row("GET /knowledge/<int:article_id>/versions", may=LEAD, **ARTICLE),
    Row("GET /knowledge/<int:article_id>/versions/<int:number>", may=LEAD, **ARTICLE),
    Row("POST /knowledge/<int:article_id>/versions/<int:number>/restore", may=LEAD, **ARTICLE),
    Row("GET /knowledge/<int:article_id>/compare", may=LEAD, **ARTICLE),
    Row("GET /replies", may=DESK),
    Row("GET /replies/new", may=DESK),
    Row("POST /replies/new", may=DESK, body={"name": "Thanks", "whose": "mine", **_TEXT}),
    Row("GET /replies/<int:reply_id>", may=DESK, **REPLY),
    Row(
        "POST /replies/<int:reply_id>",
        may="ga",
        reads="m",
        body={"base": "1", "name": "Thanks", **_TEXT},
        note="Shared replies belong to the whole Lead; the manager of one CoC uses them and keeps their own.",
        **REPLY,
    ),
    Row("POST /replies/<int:reply_id>/remove", may="ga", reads="m", **REPLY),
    Row("GET /replies/<int:reply_id>/text?ticket={ticket}", may=DESK, **REPLY),
    Row("GET /api/v1/articles", may=EVERYBODY),
    Row("POST /api/v1/articles", may=LEAD, body=NEW_ARTICLE),
    Row("POST /api/v1/articles/suggestions", may=EVERYBODY, body=_TEXT),
    Row("GET /api/v1/articles/<int:article_id>", may=EVERYBODY, **ARTICLE),
    Row(
        "PUT /api/v1/articles/<int:article_id>",
        may=LEAD,
        body={**NEW_ARTICLE, "version": 2, "why": "It was wrong."},
        **ARTICLE,
    ),
    Row("POST /api/v1/articles/<int:article_id>/publication", may=LEAD, **ARTICLE),
    Row("POST /api/v1/articles/<int:article_id>/retirement", may=LEAD, body={"because": "It is old."}, **ARTICLE),
    Row("GET /api/v1/articles/<int:article_id>/versions", may=LEAD, **ARTICLE),
    Row("POST /api/v1/articles/<int:article_id>/vote", may=EVERYBODY, body={"helpful": True}, **ARTICLE),
    Row("GET /api/v1/replies", may=DESK),
    Row("GET /api/v1/replies/<int:reply_id>/text?ticket_id={ticket}", may=DESK, **REPLY),
)

SPEAKERS = "rtx"
DATA = {"thing": "data_request"}
CLIENT = {"thing": "client_request"}
DEMAND = {"thing": "demand"}
_WANTED = {
    "once": "{once}",
    "title": "Exits",
    "requester": "agency",
    "level": "project",
    "about": "own",
    "elements": "Exits by month",
    "reason": "For a plan",
    "recipient": "Our board",
}
NEW_DATA = {**{key: value for key, value in _WANTED.items() if key != "once"}, "agency_id": "{agency#}"}
_OF_A_CLIENT = {"once": "{once}", "client_id": "104877", "kind": "own-data", "how": "written"}
NEW_CLIENT = {"agency_id": "{agency#}", "client_id": "104877", "kind": "own-data"}
_FROM_OUTSIDE = {"once": "{once}", "kind": "court", "who": "County court", "what": "Nights"}
NEW_DEMAND = {"agency_id": "{agency#}", "kind": "court", "who": "County court", "what": "Nights"}
SAW = {"requirement": "client-consent", **_WORDS}
WHO_RELEASES = "SON-HD-10, VT-HD-5: what leaves the HMIS is for the Lead's manager or administrator."
WHO_VOTES = (
    "MO-HD-8: whoever has a seat in the CoC; to all others who see the request it is said that they have no vote."
)
AT_THE_DOOR = "Whoever works at an agency records what happens there; another agency's is not there."
PROCEDURE_ROWS = (
    Row("GET /data-requests", may=SPEAKERS + DESK + "c"),
    Row("GET /data-requests/new", may=SPEAKERS + DESK + "c"),
    Row("GET /data-requests/new?agency={agency}", may=SPEAKERS + DESK + "c", thing="agency"),
    Row("POST /data-requests/new?agency={agency}", may=SPEAKERS + DESK + "c", thing="agency", body=_WANTED),
    Row("GET /data-requests/<int:data_request_id>", may=SPEAKERS + DESK + "c", **DATA),
    Row("POST /data-requests/<int:data_request_id>/estimate", may=DESK, body={"estimate-effort": "small"}, **DATA),
    *(
        Row(f"POST /data-requests/<int:data_request_id>/{act}", may=may, body={f"{key}-reason": "Seen."}, **DATA)
        for act, key, may in (
            ("begin", "work", DESK),
            ("deliver", "work", DESK),
            ("return", "work", DESK),
            ("deny", "work", "ma"),
            ("coc-approved", "coc", "ma"),
            ("coc-refused", "coc", "ma"),
        )
    ),
    Row(
        "POST /data-requests/<int:data_request_id>/vote",
        may="c",
        reads=SPEAKERS + DESK,
        body={"vote-vote": "for", "vote-reason": "Seen."},
        note=WHO_VOTES,
        **DATA,
    ),
    Row("POST /data-requests/<int:data_request_id>/withdraw", may="r", reads="tx" + DESK + "c", **DATA),
    Row("GET /api/v1/data-requests", may=SPEAKERS + DESK + "c"),
    Row("POST /api/v1/data-requests", may=SPEAKERS + DESK + "c", thing="agency", body=NEW_DATA),
    Row("GET /api/v1/data-requests/<int:data_request_id>", may=SPEAKERS + DESK + "c", **DATA),
    Row("POST /api/v1/data-requests/<int:data_request_id>/estimate", may=DESK, body={"effort": "small"}, **DATA),
    Row(
        "POST /api/v1/data-requests/<int:data_request_id>/decision",
        may="ma",
        reads="g",
        body={"decision": "deny", **_WORDS},
        note="To deny is for the manager or an administrator; the whole desk begins, delivers and returns.",
        **DATA,
    ),
    Row(
        "POST /api/v1/data-requests/<int:data_request_id>/approval",
        may="ma",
        body={"is_approved": True, **_WORDS},
        **DATA,
    ),
    Row(
        "POST /api/v1/data-requests/<int:data_request_id>/vote",
        may="c",
        reads=SPEAKERS + DESK,
        body={"vote": "for", **_WORDS},
        **DATA,
    ),
    Row("POST /api/v1/data-requests/<int:data_request_id>/withdrawal", may="r", reads="tx" + DESK + "c", **DATA),
    Row("GET /client-requests", may=AGENCY + DESK),
    Row("GET /client-requests/new", may=SPEAKERS + DESK),
    Row("GET /client-requests/new?agency={agency}", may=SPEAKERS + DESK, thing="agency"),
    Row("POST /client-requests/new?agency={agency}", may=SPEAKERS + DESK, thing="agency", body=_OF_A_CLIENT),
    Row("GET /client-requests/<int:client_request_id>", may=AGENCY + DESK, **CLIENT),
    *(
        Row(f"POST /client-requests/<int:client_request_id>/{act}", may=SPEAKERS + DESK, body=_WORDS, **CLIENT)
        for act in ("answer", "refuse", "withdraw")
    ),
    Row("GET /api/v1/client-requests", may=AGENCY + DESK),
    Row("POST /api/v1/client-requests", may=SPEAKERS + DESK, thing="agency", body=NEW_CLIENT),
    Row("GET /api/v1/client-requests/<int:client_request_id>", may=AGENCY + DESK, **CLIENT),
    Row(
        "POST /api/v1/client-requests/<int:client_request_id>/decision",
        may=SPEAKERS + DESK,
        body={"decision": "answer", **_WORDS},
        **CLIENT,
    ),
    Row("GET /demands", may="e" + AGENCY + DESK),
    Row("GET /demands/new", may="e" + AGENCY + DESK),
    Row("GET /demands/new?agency={agency}", may="e" + AGENCY + DESK, note=AT_THE_DOOR),
    Row("POST /demands/new?agency={agency}", may="e" + AGENCY + DESK, body=_FROM_OUTSIDE),
    Row("GET /demands/<int:demand_id>", may="e" + AGENCY + DESK, **DEMAND),
    *(
        Row(f"POST /demands/<int:demand_id>/{act}", may=SPEAKERS + DESK, body=body, **DEMAND)
        for act, body in (
            ("confirm/<condition>", {"client-consent-reason": "Seen."}),
            ("take-back/<condition>", {}),
            ("refuse", {"refuse-reason": "Told so."}),
            ("tell", {"tell-whom": "client", "tell-reason": "By phone."}),
        )
    ),
    Row("POST /demands/<int:demand_id>/counsel", may="ma", **DEMAND),
    Row(
        "POST /demands/<int:demand_id>/release",
        may="ma",
        body={"release-clients": "104877", "release-reason": "A sheet."},
        note=WHO_RELEASES,
        **DEMAND,
    ),
    Row("GET /demands/disclosures", may=AGENCY + DESK),
    Row("GET /demands/disclosures.csv", may=AGENCY + DESK),
    Row("GET /api/v1/demands", may="e" + AGENCY + DESK),
    Row("POST /api/v1/demands", may="e" + AGENCY + DESK, body=NEW_DEMAND),
    Row("GET /api/v1/demands/<int:demand_id>", may="e" + AGENCY + DESK, **DEMAND),
    Row("POST /api/v1/demands/<int:demand_id>/lines", may=SPEAKERS + DESK, body=SAW, **DEMAND),
    Row(
        "POST /api/v1/demands/<int:demand_id>/lines/taken-back",
        may=SPEAKERS + DESK,
        body={"requirement": "client-consent"},
        **DEMAND,
    ),
    Row("POST /api/v1/demands/<int:demand_id>/counsel", may="ma", **DEMAND),
    Row("POST /api/v1/demands/<int:demand_id>/refusal", may=SPEAKERS + DESK, body=_WORDS, **DEMAND),
    Row("POST /api/v1/demands/<int:demand_id>/release", may="ma", body={"client_ids": ["104877"], **_WORDS}, **DEMAND),
    Row(
        "POST /api/v1/demands/<int:demand_id>/telling",
        may=SPEAKERS + DESK,
        body={"whom": "client", **_WORDS},
        **DEMAND,
    ),
    Row("GET /api/v1/disclosures", may=AGENCY + DESK),
)

ROWS = (
    OPEN_ROWS
    + ACCOUNT_ROWS
    + OFFICE_ROWS
    + TICKET_ROWS
    + ACCESS_ROWS
    + DEPARTURE_ROWS
    + KNOWLEDGE_ROWS
    + PROCEDURE_ROWS
)

_NOTICE = {"thing": "notice"}
NEW_NOTICE = {"once": "{once}", "title": "News", "text": "All is well.", "groups": "users"}
NOTICE_ROWS = (
    everybody("GET /status"),
    everybody("GET /status/<int:lead_id>"),
    everybody("GET /read/<token>", note="The signed link in a mail; a false one is told that it does not work."),
    everybody("POST /read/<token>"),
    Row("GET /notices", may=EVERYBODY, note="What one received; the help desk also has what it writes."),
    Row("GET /notices/new", may=DESK),
    Row("POST /notices/new?kind=newsletter", may=DESK, body=NEW_NOTICE),
    Row("GET /notices/<int:notice_id>", may="ertsx" + DESK, blind="nc", **_NOTICE),
    Row("GET /notices/<int:notice_id>/edit", may=DESK, **_NOTICE),
    Row("POST /notices/<int:notice_id>/edit", may=DESK, body=NEW_NOTICE, **_NOTICE),
    Row("GET /notices/<int:notice_id>/audience", may=DESK, **_NOTICE),
    Row("POST /notices/<int:notice_id>/send", may=DESK, body={"send-once": "{once}"}, **_NOTICE),
    Row("POST /notices/<int:notice_id>/schedule", may=DESK, body={"schedule-once": "{once}"}, **_NOTICE),
    Row("POST /notices/<int:notice_id>/unschedule", may=DESK, **_NOTICE),
    Row("POST /notices/<int:notice_id>/discard", may=DESK, **_NOTICE),
    Row(
        "POST /notices/<int:notice_id>/update",
        may=DESK,
        body={"update-once": "{once}", "update-text": "More."},
        **_NOTICE,
    ),
    Row(
        "POST /notices/<int:notice_id>/resolve",
        may=DESK,
        body={"resolve-once": "{once}", "resolve-text": "Over."},
        **_NOTICE,
    ),
    Row("POST /notices/<int:notice_id>/acknowledge", may="ertsx" + DESK, blind="nc", **_NOTICE),
    Row("POST /notices/<int:notice_id>/dismiss", may="ertsx" + DESK, blind="nc", **_NOTICE),
    Row(
        "GET /notices/<int:notice_id>/recipients",
        may="t" + DESK,
        note="An agency's administrator sees the people of that agency.",
        **_NOTICE,
    ),
    Row("GET /notices/<int:notice_id>/recipients.csv", may="t" + DESK, **_NOTICE),
    Row("GET /api/v1/notices", may=EVERYBODY),
    Row(
        "POST /api/v1/notices",
        may=DESK,
        body={"kind": "newsletter", "title": "News", "text": "All is well."},
    ),
    Row("GET /api/v1/notices/<int:notice_id>", may="ertsx" + DESK, blind="nc", **_NOTICE),
    Row("POST /api/v1/notices/<int:notice_id>/sending", may=DESK, **_NOTICE),
    Row("POST /api/v1/notices/<int:notice_id>/updates", may=DESK, body=_TEXT, **_NOTICE),
    Row("POST /api/v1/notices/<int:notice_id>/acknowledgement", may="ertsx" + DESK, blind="nc", **_NOTICE),
)
ROWS += NOTICE_ROWS
ANSWERING_ROWS = tuple(Row(route, **values) for route, values in ANSWERING_ROUTES)
ROWS += ANSWERING_ROWS
SATISFACTION_ROWS = tuple(everybody(route) for route in SATISFACTION_PUBLIC)
SATISFACTION_ROWS += tuple(Row(route, **values) for route, values in SATISFACTION_ROUTES)
ROWS += SATISFACTION_ROWS
INTAKE_ROWS = tuple(everybody(route) for route in INTAKE_PUBLIC)
INTAKE_ROWS += tuple(Row(route, **values) for route, values in INTAKE_ROUTES)
ROWS += INTAKE_ROWS
DESK_ROWS = tuple(Row(route, **values) for route, values in DESK_ROUTES + ROUTING_ROUTES)
ROWS += DESK_ROWS
COURSE_ROWS = tuple(Row(route, **values) for route, values in COURSE_ROUTES)
ROWS += COURSE_ROWS

SESSION_ROWS = tuple(everybody(route, **values) for route, values in SESSION_PUBLIC)
SESSION_ROWS += tuple(Row(route, **values) for route, values in SESSION_ROUTES)
ROWS += SESSION_ROWS
VENDOR_ROWS = tuple(Row(route, **values) for route, values in VENDOR_ROUTES)
ROWS += VENDOR_ROWS
BOND_ROWS = tuple(Row(route, **values) for route, values in BOND_ROUTES)
ROWS += BOND_ROWS
ADDRESS_ROWS = tuple(Row(route, **values) for route, values in MAIL_ROUTES)
ROWS += ADDRESS_ROWS

COMPLAINT = {"thing": "complaint"}
CONFLICT = {"thing": "conflict"}
CHANGE = {"thing": "change", "of": "coc"}
BREACH = {"thing": "breach"}
SIDES = "rx" + DESK
COMMUNITY = AGENCY + DESK + "c"
_COMPLAINED = {"agency": "Nowhere House", "about": "Somebody", "when_said": "In May", "text": "A shared password."}
_VOTED = {"decided": "approved", "day": "2026-11-20"}
WHO_SEES = (
    "VT-HD-3, VT-HD-4: whoever complained, and those whom it has come to; an agency user's complaint comes to the "
    "Lead's manager and administrators. Whoever it is about sees nothing of it, whatever their role."
)
WHO_VOTES_ON = "SON-HD-12: the members of the data committee."
MATTER_ROWS = (
    everybody("GET /complain"),
    everybody("POST /complain"),
    everybody("GET /complain/sent"),
    signed_in("GET /complaints"),
    signed_in("GET /complaints/new"),
    signed_in("POST /complaints/new", body={"once": "{once}", **_COMPLAINED}),
    Row(
        "GET /complaints/<int:complaint_id>",
        may="ema",
        blind="rtsxgnc",
        door=Door.SIGNED_IN,
        note=WHO_SEES,
        **COMPLAINT,
    ),
    *(
        Row(
            f"POST /complaints/<int:complaint_id>/{deed}",
            may="ma",
            reads="e",
            blind="rtsxgnc",
            door=Door.SIGNED_IN,
            body=body,
            **COMPLAINT,
        )
        for deed, body in (
            ("answer", {"answer-answer": "Settled."}),
            ("pass-on", {"pass-on-reason": "Not ours.", "pass-on-to": "coc"}),
            ("name", {"name-about": "Somebody else"}),
        )
    ),
    Row("GET /api/v1/complaints", may=EVERYBODY),
    Row("POST /api/v1/complaints", may=EVERYBODY, body=_COMPLAINED),
    Row("GET /api/v1/complaints/<int:complaint_id>", may="ema", blind="rtsxgnc", **COMPLAINT),
    *(
        Row(
            f"POST /api/v1/complaints/<int:complaint_id>/{deed}",
            may="ma",
            reads="e",
            blind="rtsxgnc",
            body=body,
            **COMPLAINT,
        )
        for deed, body in (
            ("answer", {"answer": "Settled."}),
            ("pass-on", {"reason": "Not ours."}),
            ("name", {"about": "Somebody else"}),
        )
    ),
    Row("GET /conflicts", may=SIDES + "c"),
    Row("GET /conflicts/new", may=SIDES),
    Row("POST /conflicts/new", may=SIDES, body={"once": "{once}", "agency": "Nowhere", "title": "T", "text": "X"}),
    Row(
        "GET /conflicts/<int:conflict_id>",
        may=SIDES,
        blind="c",
        note="SON-HD-11: the data committee once it was told of an impasse, the assistant director once it is theirs.",
        **CONFLICT,
    ),
    Row("POST /conflicts/<int:conflict_id>/take-up", may="m", **CONFLICT),
    *(
        Row(f"POST /conflicts/<int:conflict_id>/{deed}", may=may, reads=reads, body=body, **CONFLICT)
        for deed, may, reads, body in (
            ("statement", SIDES, "", {"statement-text": "More.", "statement-once": "{once}"}),
            ("forward", SIDES, "", {}),
            ("impasse", SIDES, "", {}),
            ("committee-told", DESK, "rx", {"committee-how": "At its meeting"}),
            ("settlement", "rxm", "ga", {"settlement-settlement": "So."}),
            ("sign", "rxm", "ga", {}),
        )
    ),
    Row(
        "POST /conflicts/<int:conflict_id>/decision",
        reads=SIDES,
        blind="c",
        body={"decision-decision": "So."},
        note="SON-HD-11: the assistant director's alone.",
        **CONFLICT,
    ),
    Row("GET /api/v1/conflicts", may=SIDES + "c"),
    Row("POST /api/v1/conflicts", may=SIDES, body={"agency": "Nowhere", "title": "T", "text": "X"}),
    Row("GET /api/v1/conflicts/<int:conflict_id>", may=SIDES, blind="c", **CONFLICT),
    Row("POST /api/v1/conflicts/<int:conflict_id>/take-up", may="m", **CONFLICT),
    *(
        Row(f"POST /api/v1/conflicts/<int:conflict_id>/{deed}", may=may, reads=reads, body=body, **CONFLICT)
        for deed, may, reads, body in (
            ("statements", SIDES, "", {"text": "More."}),
            ("forward", SIDES, "", {}),
            ("impasse", SIDES, "", {}),
            ("committee-told", DESK, "rx", {"how": "At its meeting"}),
            ("settlement", "rxm", "ga", {"settlement": "So."}),
            ("sign", "rxm", "ga", {}),
        )
    ),
    Row(
        "POST /api/v1/conflicts/<int:conflict_id>/decision",
        reads=SIDES,
        blind="c",
        body={"decision": "So."},
        **CONFLICT,
    ),
    Row("GET /policy-changes", may=COMMUNITY),
    Row("GET /policy-changes/new", may="xma", note="SON-HD-12: an agency's own comes from its executive director."),
    Row("POST /policy-changes/new", may="xma", body={"once": "{once}", "place": "0", "title": "T", "text": "X"}),
    Row("GET /policy-changes/<int:change_id>", may=COMMUNITY, **CHANGE),
    Row(
        "POST /policy-changes/<int:change_id>/vote",
        may="c",
        reads=AGENCY + DESK,
        body={"vote-choice": "for"},
        note=WHO_VOTES_ON,
        **CHANGE,
    ),
    Row("POST /policy-changes/<int:change_id>/put-to-vote", may="ma", **CHANGE),
    Row(
        "POST /policy-changes/<int:change_id>/board",
        may="ma",
        body={f"board-{key}": value for key, value in _VOTED.items()},
        **CHANGE,
    ),
    Row("POST /policy-changes/<int:change_id>/forward", may="ma", **CHANGE),
    Row("GET /policy-changes/deliveries/<int:delivery_id>", may=AGENCY + DESK, thing="delivery"),
    Row("POST /policy-changes/deliveries/<int:delivery_id>/acknowledge", may="x", thing="delivery"),
    Row("GET /api/v1/policy-changes", may=COMMUNITY),
    Row("POST /api/v1/policy-changes", may="xma", body={"coc_id": "{coc#}", "title": "T", "text": "X"}),
    Row("GET /api/v1/policy-changes/<int:change_id>", may=COMMUNITY, **CHANGE),
    Row(
        "POST /api/v1/policy-changes/<int:change_id>/vote",
        may="c",
        reads=AGENCY + DESK,
        body={"choice": "for"},
        **CHANGE,
    ),
    Row("POST /api/v1/policy-changes/<int:change_id>/put-to-vote", may="ma", **CHANGE),
    Row(
        "POST /api/v1/policy-changes/<int:change_id>/board",
        may="ma",
        body={"approves": True, "day": "2026-11-20"},
        **CHANGE,
    ),
    Row("POST /api/v1/policy-changes/<int:change_id>/forward", may="ma", **CHANGE),
    Row("GET /api/v1/policy-changes/<int:change_id>/deliveries", may=AGENCY + DESK, **CHANGE),
    Row("POST /api/v1/policy-changes/deliveries/<int:delivery_id>/acknowledge", may="x", thing="delivery"),
    Row("GET /participation-letters", may=SIDES),
    Row("GET /participation-letters/new", may=SIDES),
    Row("POST /participation-letters/new", may=SIDES, body={"once": "{once}", "agency": "Nowhere House"}),
    Row("GET /participation-letters/<int:letter_id>/file", may=SIDES, thing="letter"),
    Row("GET /api/v1/participation-letters", may=SIDES),
    Row("POST /api/v1/participation-letters", may=SIDES, body={"agency": "Nowhere House"}),
    Row("GET /api/v1/participation-letters/<int:letter_id>/file", may=SIDES, thing="letter"),
    Row("GET /breaches", may="e" + AGENCY + DESK),
    Row("GET /breaches/new", may="e" + AGENCY + DESK),
    Row(
        "POST /breaches/new",
        may="e" + AGENCY + DESK,
        body={"once": "{once}", "known_on": "2026-11-19", "known_time": "09:00", "text": "A lost key."},
    ),
    Row(
        "GET /breaches/<int:breach_id>",
        may="e" + AGENCY + DESK,
        note="An end user sees what they reported themselves.",
        **BREACH,
    ),
    Row(
        "POST /breaches/<int:breach_id>/report",
        may="e" + AGENCY,
        reads=DESK,
        note="MO-HD-6: the report is the agency's; the Lead's staff cannot give it for them.",
        **BREACH,
    ),
    Row("POST /breaches/<int:breach_id>/close", may=DESK, reads=AGENCY, body={"outcome": "Done."}, **BREACH),
    Row("GET /api/v1/breaches", may="e" + AGENCY + DESK),
    Row(
        "POST /api/v1/breaches",
        may="e" + AGENCY + DESK,
        body={"known_at": "2026-11-19T09:00:00-08:00", "text": "A lost key."},
    ),
    Row("GET /api/v1/breaches/<int:breach_id>", may="e" + AGENCY + DESK, **BREACH),
    Row("POST /api/v1/breaches/<int:breach_id>/report", may="e" + AGENCY, reads=DESK, **BREACH),
    Row("POST /api/v1/breaches/<int:breach_id>/close", may=DESK, reads=AGENCY, body={"outcome": "Done."}, **BREACH),
    Row("GET /seats", may="a"),
    Row("POST /seats", may="a", body={"seat": "data-committee", "coc": "{coc}", "email": "new@board.test"}),
    Row("POST /seats/<int:seat_id>/leave", may="a", thing="seat", of="lead"),
)
ROWS += MATTER_ROWS


class Answer(StrEnum):
    """What a request comes to: let through (whatever the form then says), or turned away in one of four ways."""

    YES = "yes"
    REFUSED = "403"
    NOT_THERE = "404"
    SIGN_IN = "sign in"
    NO_TOKEN = "401"


def expected(row: Row, role: str, place: Place) -> Answer:
    """What the table says for the role ("" is nobody) about a thing at that place."""
    if row.door is Door.DEMO:
        return Answer.NOT_THERE
    if row.door is Door.OPEN:
        return Answer.YES
    if not role:
        return Answer.NO_TOKEN if row.is_api else Answer.SIGN_IN
    if role not in row.may + row.reads + row.blind:
        return Answer.REFUSED
    if role in row.blind or (row.thing and place not in _reach(row, role)):
        return Answer.NOT_THERE
    return Answer.YES if role in row.may else Answer.REFUSED


def _reach(row: Row, role: str) -> frozenset[Place]:
    if row.of == "oneself":
        return _AT_HOME
    if row.of == "coc":
        return REACH[role] - {Place.OTHER}
    return frozenset(Place) - {Place.FOREIGN} if row.of == "lead" else REACH[role]


def places(row: Row) -> tuple[Place, ...]:
    """Where the row's thing can be; a row without one is asked once."""
    if not row.thing:
        return (Place.OWN,)
    return {
        "agency": tuple(Place),
        "coc": (Place.OWN, Place.NEXT_DOOR, Place.FOREIGN),
        "lead": (Place.OWN, Place.FOREIGN),
        "oneself": (Place.OWN, Place.OTHER),
    }[row.of]


REPORT_ROWS = tuple(Row(route, **values) for route, values in REPORTS_ROUTES)
ROWS += REPORT_ROWS

SERIES_ROWS = (
    *(Row(route, door=Door.SIGNED_IN, **values) for route, values in SERIES_SIGNED_IN),
    *(Row(route, **values) for route, values in SERIES_ROUTES),
)
ROWS += SERIES_ROWS

TRANSCRIPT_ROWS = (
    *(everybody(route) for route in TRANSCRIPT_PUBLIC),
    *(Row(route, door=Door.SIGNED_IN, **values) for route, values in TRANSCRIPT_SIGNED_IN),
    *(Row(route, **values) for route, values in TRANSCRIPT_ROUTES),
)
ROWS += TRANSCRIPT_ROWS
RECERTIFICATION_ROWS = (
    *(Row(route, door=Door.SIGNED_IN, **values) for route, values in RECERTIFICATION_SIGNED_IN),
    *(Row(route, **values) for route, values in RECERTIFICATION_ROUTES),
)
ROWS += RECERTIFICATION_ROWS
REQUIREMENT_ROWS = (
    *(Row(route, door=Door.SIGNED_IN, **values) for route, values in REQUIREMENT_SIGNED_IN),
    *(Row(route, **values) for route, values in REQUIREMENT_ROUTES),
)
ROWS += REQUIREMENT_ROWS
PRACTICE_ROWS = (
    *(Row(route, door=Door.SIGNED_IN, **values) for route, values in PRACTICE_SIGNED_IN),
    *(Row(route, **values) for route, values in PRACTICE_ROUTES),
)
ROWS += PRACTICE_ROWS
AGENCY_ROWS = (
    *(everybody(route) for route in AGENCY_PUBLIC),
    *(Row(route, **values) for route, values in AGENCY_ROUTES),
)
ROWS += AGENCY_ROWS
AGREEMENT_ROWS = (
    *(Row(route, door=Door.SIGNED_IN, **values) for route, values in AGREEMENT_SIGNED_IN),
    *(Row(route, **values) for route, values in AGREEMENT_ROUTES),
)
ROWS += AGREEMENT_ROWS
ENDING_ROWS = tuple(Row(route, **values) for route, values in ENDING_ROUTES)
ROWS += ENDING_ROWS
RECONCILIATION_ROWS = tuple(Row(route, **values) for route, values in RECONCILIATION_ROUTES)
ROWS += RECONCILIATION_ROWS
USER_REVIEW_ROWS = tuple(Row(route, **values) for route, values in REVIEW_ROUTES)
ROWS += USER_REVIEW_ROWS
SEAT_ROWS = tuple(Row(route, **values) for route, values in SEAT_ROUTES)
ROWS += SEAT_ROWS
PAYMENT_ROWS = tuple(Row(route, **values) for route, values in PAYMENT_ROUTES)
ROWS += PAYMENT_ROWS
BOOKS_ROWS = tuple(Row(route, **values) for route, values in BOOKS_ROUTES)
ROWS += BOOKS_ROWS
CREDENTIAL_ROWS = (
    *(Row(route, door=Door.SIGNED_IN, may=EVERYBODY, **values) for route, values in CREDENTIAL_SIGNED_IN),
    *(Row(route, **values) for route, values in CREDENTIAL_ROUTES),
)
ROWS += CREDENTIAL_ROWS
ROSTER_ROWS = tuple(Row(route, **values) for route, values in ROSTER_ROUTES)
ROWS += ROSTER_ROWS
FILING_ROWS = tuple(Row(route, **values) for route, values in FILING_ROUTES)
ROWS += FILING_ROWS
CHANGE_ROWS = tuple(Row(route, **values) for route, values in CHANGE_ROUTES)
ROWS += CHANGE_ROWS
LEAVE_ROWS = tuple(Row(route, **values) for route, values in LEAVE_ROUTES)
ROWS += LEAVE_ROWS
FEE_ROWS = tuple(Row(route, **values) for route, values in FEE_ROUTES)
ROWS += FEE_ROWS
INVOICE_ROWS = tuple(Row(route, **values) for route, values in INVOICE_ROUTES)
ROWS += INVOICE_ROWS
