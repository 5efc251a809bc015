from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.people.models import Agency
from core.policy.vocabulary import CycleName
from core.ui import times
from licensing.access.services import hold, local_day, policy_in_force
from licensing.roster.models import DataSignOff


def sign_off(agency: Agency, month: date, signed_on: date, note: str, by: Principal, at: datetime) -> DataSignOff:
    """The agency signed off its data quality report of the period that begins with that month (SON-CO-7).

    The same again is once. Raises Invalid for a period that is not over, Conflict where another day is on record.
    """
    hold(agency)
    period, today = month.replace(day=1), local_day(at, agency.tz)
    policy = policy_in_force(agency.coc, at)
    rule = policy.cycle(CycleName.DATA_QUALITY_SIGN_OFF).rule if policy.has(CycleName.DATA_QUALITY_SIGN_OFF) else None
    if period >= today.replace(day=1):
        raise Invalid("That month is not over yet.", "Give the month that the report is about.", "month", rule)
    if signed_on > today:
        raise Invalid("That day has not come yet.", "Give the day of the signature.", "signed_on")
    if signed_on < period:
        raise Invalid("That is before the month began.", "Give the day of the signature.", "signed_on")
    query = select(DataSignOff).where(DataSignOff.agency_id == agency.id, DataSignOff.period == period)
    earlier = db.session.scalar(query)
    if earlier is not None:
        if earlier.signed_on == signed_on:
            return earlier
        told = (
            f"{agency.name} signed off {period:%B %Y} on {times.say_day(earlier.signed_on)}, {earlier.by.name} entered."
        )
        raise Conflict(told, "It stays as it is on record.", "signed_on")
    row = DataSignOff(
        lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, period=period, signed_on=signed_on,
        note=note, by_id=by.person_id, at=at,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("agency.data_signed_off", row, data={"period": period, "signed_on": signed_on})
    return row
