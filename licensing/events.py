"""What licensing tells the packages above it, in the transaction in which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AccessApproved:
    request_id: int
    agency_id: int
    email: str
    at: datetime


@dataclass(frozen=True)
class AccessClosed:
    """A request was denied, withdrawn, or its approval taken back."""

    request_id: int
    agency_id: int
    at: datetime


@dataclass(frozen=True)
class LicenseActivated:
    license_id: int
    agency_id: int
    person_id: int
    at: datetime


@dataclass(frozen=True)
class LicenseChanged:
    """A license in force has another level, more projects, or gained or lost an add-on."""

    license_id: int
    agency_id: int
    person_id: int
    at: datetime


@dataclass(frozen=True)
class LicenseEnded:
    license_id: int
    agency_id: int
    person_id: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class LicenseSuspension:
    """It is suspended, or active again; `why` is a word for it."""

    license_id: int
    agency_id: int
    person_id: int
    why: str
    at: datetime


@dataclass(frozen=True)
class DepartureNoted:
    """A notice was recorded; `ticket_id` is the mail it came from."""

    departure_id: int
    agency_id: int
    person_id: int
    ticket_id: int | None
    ends_at: datetime


@dataclass(frozen=True)
class InvoiceIssued:
    """An invoice or a credit note counts from now on."""

    invoice_id: int
    debtor_id: int
    at: datetime


@dataclass(frozen=True)
class InvoiceSettled:
    """Nothing of it is owed any more: it was paid, or credited; or something is again (`is_open`)."""

    invoice_id: int
    debtor_id: int
    is_open: bool
    at: datetime


@dataclass(frozen=True)
class PayersChanged:
    """Somebody else pays for the agency, or for a license of it, from now on; or no longer does."""

    agency_id: int
    at: datetime


@dataclass(frozen=True)
class MoneyFreed:
    """What was paid of an invoice that was credited is left for the debtor's others."""

    debtor_id: int
    at: datetime


@dataclass(frozen=True)
class AgreementInForce:
    """A document of this kind counts from now on: for the agency, or for `person_id` there."""

    agreement_id: int
    kind: str
    agency_id: int
    person_id: int | None
    at: datetime


@dataclass(frozen=True)
class AgreementLapsed:
    """It was not signed in time, ran out, or was revoked; `words` say which."""

    agreement_id: int
    kind: str
    agency_id: int
    person_id: int | None
    words: str
    at: datetime


@dataclass(frozen=True)
class LicensesSeen:
    """A list of HMIS users was compared: each license says when it was last used."""

    reconciliation_id: int
    lead_id: int
    at: datetime
