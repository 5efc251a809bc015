"""Numbers without a gap: taken in the transaction that issues, so that what is rolled back takes none."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from core.db import db
from licensing.billing.invoices.models import NumberSeries


def take(lead_id: int, series: str, year: int, count: int = 1) -> range:
    """The next `count` numbers of the series; whoever wants one of it at the same time waits for the commit."""
    first = insert(NumberSeries).values(lead_id=lead_id, series=series, year=year, last=count)
    row = first.on_conflict_do_update(
        index_elements=["lead_id", "series", "year"], set_={"last": NumberSeries.last + count}
    ).returning(NumberSeries.last)
    last = int(db.session.execute(row).scalar_one())
    return range(last - count + 1, last + 1)
