"""The person looking at the page, as far as the page needs to know."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core import authz

DEFAULT_ZONE = "America/New_York"


def viewer() -> authz.Principal | None:
    """Who is signed in; None on a public page and outside a request."""
    return authz.principal_or_none()


def viewer_zone() -> ZoneInfo:
    """The zone times are shown in: the person's own, else their agency's, else New York."""
    person = viewer()
    return ZoneInfo((person.tz if person else "") or DEFAULT_ZONE)


def viewer_roles() -> str:
    """The viewer's roles in words, for the account menu."""
    person = viewer()
    words = sorted(role.value.replace("-", " ").replace("lead ", "Lead ") for role in person.roles) if person else []
    return ", ".join(words)
