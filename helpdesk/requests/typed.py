"""What a page shows again when somebody else was faster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import DomainError


@dataclass(frozen=True)
class Moved:
    """Somebody else was faster: the error, and what was typed meanwhile."""

    error: DomainError
    typed: str = ""


def typed_reason(form: Any) -> str:
    return form.reason.data or "" if "reason" in form else ""
