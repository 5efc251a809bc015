"""What stands behind a `why?` that is no date: the reasons, and where the manual says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.policy import Policy
from core.policy.values import Cited, Line

OWN_PRACTICE = "The manual of this community says nothing about it; it is the HMIS Lead's own practice."


def explain(
    policy: Policy, because: Iterable[str], value: Cited | None = None, line: Line | None = None
) -> dict[str, Any]:
    """The reasons with their citation; without a value of the pack, as the Lead's own practice."""
    about = {"pack": policy.pack, "version": policy.version.isoformat()}
    if value is None:
        return {**about, "because": [*because, OWN_PRACTICE], "rule": "", "section": "", "title": ""}
    cited = line or value
    title = policy.manual_of(value.source)
    return {**about, "because": list(because), "rule": cited.rule, "section": cited.section, "title": title}
