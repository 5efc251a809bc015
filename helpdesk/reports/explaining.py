"""What stands behind a `why?` of the reports: the arithmetic, and the paragraph that asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.policy import Policy
from core.policy.values import Cited


def explained(policy: Policy, cited: Cited, because: Sequence[str]) -> dict[str, Any]:
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": cited.rule,
        "source": cited.source,
        "title": policy.manual_of(cited.source),
        "section": cited.section,
        "because": list(because),
        "says": cited.says,
    }
