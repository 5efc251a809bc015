"""Mails of the matters: that there is something, why it came to this person, and the link. Never the content.

The key tells nothing of what it is about: keys stand in the audit trail, which more people read than may know of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from core.db import Base
from core.outbox import enqueue
from core.people.models import Person


def tell(
    people: Iterable[Person],
    subject: Base,
    path: str,
    says: str,
    *,
    once: str,
    explanation: dict[str, Any] | None = None,
    heading: str = "Something at the help desk is for you to read",
) -> None:
    """One mail to each; `once` tells apart what is said about one thing at different times."""
    number = getattr(subject, "id", 0)
    for person in people:
        parts = f"{subject.__tablename__}:{number}:{once}:{person.id}"
        enqueue(
            "matter-news",
            person,
            key=f"matter-news:{hashlib.sha256(parts.encode()).hexdigest()[:40]}",
            context={"says": says, "path": path, "heading": heading, "explanation": explanation},
            subject=subject,
        )
