"""What an account is to be, what an answer of the vendor's means, and when to try again. Pure. RFC 7643 and 7644."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST_TRIES = 8
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


class SendState(StrEnum):
    """OVERTAKEN: a later row says it all."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    OVERTAKEN = "overtaken"


class Outcome(StrEnum):
    DONE = "done"
    AGAIN = "again"
    NEVER = "never"


@dataclass(frozen=True)
class Grant:
    """What one license in force lets its person do."""

    agency: str
    level: str


@dataclass(frozen=True)
class Account:
    """What the vendor is to have: one user, with a role for each license in force, the oldest first; off with none.

    `external_id` is the person's and stays, so that a repeat is known as one.
    """

    external_id: str
    email: str
    name: str
    grants: tuple[Grant, ...]

    @property
    def is_active(self) -> bool:
        return bool(self.grants)

    def resource(self) -> dict[str, Any]:
        given, _, family = self.name.rpartition(" ")
        body: dict[str, Any] = {
            "schemas": [USER, ENTERPRISE],
            "externalId": self.external_id,
            "userName": self.email,
            "displayName": self.name,
            "name": {"formatted": self.name, "givenName": given or self.name, "familyName": family},
            "emails": [{"value": self.email, "primary": True}],
            "active": self.is_active,
        }
        if not self.grants:
            return body
        body[ENTERPRISE] = {"organization": self.grants[0].agency}
        body["entitlements"] = [{"value": grant.agency, "type": "agency"} for grant in self.grants]
        leveled = [grant for grant in self.grants if grant.level]
        roles = [
            {"value": grant.level, "display": f"{grant.level} at {grant.agency}", "primary": grant is leveled[0]}
            for grant in leveled
        ]
        return body | ({"roles": roles} if roles else {})


def external_id(person_id: int) -> str:
    return f"hearthdesk-person-{person_id}"


def switched_off() -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}


def judged(status: int) -> Outcome:
    """Too many requests, a failure over there, a token that somebody may repair: again. Anything else that is refused
    would be refused again."""
    if 200 <= status < 300:
        return Outcome.DONE
    return Outcome.AGAIN if status in (401, 403, 408, 425, 429) or status >= 500 else Outcome.NEVER


def wait(attempts: int, said: str = "") -> timedelta:
    """How long until the next try: an hour at most. What the vendor asks for counts where it is longer."""
    own = min(FIRST_RETRY * (1 << max(0, min(attempts, 20) - 1)), LONGEST_RETRY)
    asked = timedelta(seconds=int(said)) if said.isascii() and said.isdecimal() and len(said) < 7 else timedelta()
    return min(max(own, asked), LONGEST_RETRY)
