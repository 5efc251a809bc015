"""Who may do what about seats. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

LEAD = "gnma"
TYPE: dict[str, Any] = {"thing": "seat_type", "of": "coc"}
AT = "/license-seats/<int:seat_type_id>"
API = "/api/v1/seat-types"
NEW = {"coc": "{coc}", "name": "Standard", "there": "3", "cost": "10.00", "once": "{once}"}
ORDER = {"order-count": "2", "order-ordered_on": "{today}", "order-cost": "10.00", "order-once": "{once}"}
ASIDE = {"allocate-agency": "{agency}", "allocate-count": "1", "allocate-once": "{once}"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /license-seats", {"may": LEAD}),
    ("GET /license-seats/new", {"may": "ma"}),
    ("POST /license-seats/new", {"may": "ma", "thing": "coc", "of": "coc", "body": NEW}),
    (f"GET {AT}", {"may": LEAD, **TYPE}),
    (f"POST {AT}/orders", {"may": "ma", "body": ORDER, **TYPE}),
    (f"POST {AT}/orders/<int:seat_order_id>/arrive", {"may": "ma", **TYPE}),
    (f"POST {AT}/orders/<int:seat_order_id>/cancel", {"may": "ma", **TYPE}),
    (f"POST {AT}/give-back", {"may": "ma", "body": {"back-count": "1", "back-once": "{once}"}, **TYPE}),
    (f"POST {AT}/allocations", {"may": "ma", "body": ASIDE, **TYPE}),
    (f"POST {AT}/price", {"may": "ma", "body": {"price-cost": "12.00"}, **TYPE}),
    (f"GET {API}", {"may": LEAD}),
    (
        f"POST {API}",
        {"may": "ma", "thing": "coc", "of": "coc",
         "body": {"coc_id": "{coc#}", "name": "Standard", "cents": 1000, "there": 3}},
    ),
    (f"GET {API}/<int:seat_type_id>", {"may": LEAD, **TYPE}),
    (f"POST {API}/<int:seat_type_id>/orders", {"may": "ma", "body": {"count": 2}, **TYPE}),
    (f"POST {API}/<int:seat_type_id>/orders/<int:seat_order_id>/arrival", {"may": "ma", **TYPE}),
    (f"POST {API}/<int:seat_type_id>/orders/<int:seat_order_id>/cancellation", {"may": "ma", **TYPE}),
    (f"POST {API}/<int:seat_type_id>/returns", {"may": "ma", "body": {"count": 1}, **TYPE}),
    (
        f"POST {API}/<int:seat_type_id>/allocations",
        {"may": "ma", "body": {"agency_id": "{agency#}", "count": 1}, **TYPE},
    ),
    (f"POST {API}/<int:seat_type_id>/price", {"may": "ma", "body": {"cents": 1200}, **TYPE}),
)  # fmt: skip
