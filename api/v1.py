"""Everything of `/api/v1`; importing a module adds its operations to the blueprint."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify

from api import (
    access,
    access_lists,
    agencies,
    agreements,
    bonds,
    breaches,
    client_requests,
    closures,
    complaints,
    conflicts,
    courses,
    data_requests,
    demands,
    departures,
    desk,
    disclosures,
    elevations,
    endings,
    inactivity,
    intake,
    keeping,
    knowledge,
    leaves,
    letters,
    license_changes,
    licenses,
    notices,
    office,
    policy_changes,
    practice,
    practice_cases,
    recertification,
    reports,
    routing,
    satisfaction,
    sessions,
    surveys,
    suspicions,
    ticket_acts,
    tickets,
    training_records,
    training_series,
    vendor_cases,
)
from api.blueprint import bp
from core.authz import public

MODULES = (
    access,
    access_lists,
    agencies,
    agreements,
    bonds,
    breaches,
    client_requests,
    closures,
    complaints,
    conflicts,
    courses,
    data_requests,
    demands,
    desk,
    departures,
    disclosures,
    elevations,
    endings,
    inactivity,
    intake,
    keeping,
    knowledge,
    leaves,
    letters,
    license_changes,
    licenses,
    notices,
    office,
    policy_changes,
    practice,
    recertification,
    practice_cases,
    reports,
    routing,
    satisfaction,
    sessions,
    surveys,
    suspicions,
    ticket_acts,
    tickets,
    training_records,
    training_series,
    vendor_cases,
)


@bp.get("/openapi.json")
@public
@bp.doc(hide=True)
def document() -> Any:
    """The OpenAPI 3.1 document of this surface."""
    return jsonify(current_app.spec)  # type: ignore[attr-defined]
