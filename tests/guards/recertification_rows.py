"""Who may do what about what is owed again and again. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

LEAD = "gnma"
FOLLOWS = "rtgnma"
CAMPAIGN: dict[str, Any] = {"thing": "campaign", "of": "coc"}
OWED: dict[str, Any] = {"thing": "obligation"}
COC: dict[str, Any] = {"thing": "coc", "of": "coc"}
PLAN = "refresher-training:holders"
REASON = {"reason": "On leave until January."}
HERE = "/training/recertification"
SIGNED_IN: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        f"GET {HERE}/obligations/<int:obligation_id>",
        {"may": "ertgnma", "blind": "sxc", "note": "Everybody sees their own.", **OWED},
    ),
)
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    (f"GET {HERE}", {"may": LEAD}),
    (
        f"GET {HERE}/start?coc={{coc}}&plan={PLAN}",
        {"may": "ma", "note": "What a community's manual asks, its own manager starts.", **COC},
    ),
    (f"POST {HERE}/start", {"may": "ma", "body": {"once": "{once}", "coc": "{coc}", "plan": PLAN}, **COC}),
    (f"GET {HERE}/<int:campaign_id>", {"may": LEAD, **CAMPAIGN}),
    (f"POST {HERE}/<int:campaign_id>/remind", {"may": LEAD, **CAMPAIGN}),
    (f"POST {HERE}/<int:campaign_id>/stop", {"may": "ma", "body": {"once": "{once}", **REASON}, **CAMPAIGN}),
    (f"GET {HERE}/people", {"may": FOLLOWS}),
    (f"GET {HERE}/people.<form>", {"may": FOLLOWS}),
    (
        f"POST {HERE}/excuse",
        {
            "may": "ma",
            "body": {"once": "{once}", "obligation": "{obligation}", **REASON},
            "note": "Of the ticked ones only those in reach; where none is, nothing happens: 422.",
        },
    ),
    (
        f"POST {HERE}/obligations/<int:obligation_id>/excuse",
        {"may": "ma", "body": {"once": "{once}", **REASON}, **OWED},
    ),
    (f"POST {HERE}/obligations/<int:obligation_id>/owe-again", {"may": "ma", **OWED}),
    ("GET /api/v1/training/campaigns", {"may": LEAD}),
    ("GET /api/v1/training/campaigns/<int:campaign_id>", {"may": LEAD, **CAMPAIGN}),
    ("GET /api/v1/training/campaigns/<int:campaign_id>/burn-down", {"may": LEAD, **CAMPAIGN}),
    ("POST /api/v1/training/campaigns/<int:campaign_id>/stop", {"may": "ma", "body": REASON, **CAMPAIGN}),
    ("GET /api/v1/training/obligations", {"may": FOLLOWS}),
    ("GET /api/v1/training/obligations/<int:obligation_id>", {"may": FOLLOWS, **OWED}),
    ("POST /api/v1/training/obligations/<int:obligation_id>/excuse", {"may": "ma", "body": REASON, **OWED}),
)
