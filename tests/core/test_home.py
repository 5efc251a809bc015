from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.home import Section, Turn, WorkItem, section_of

CHICAGO = ZoneInfo("America/Chicago")
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, 23, 59, 59, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("due", "section"),
    [
        (AT - timedelta(seconds=1), Section.OVERDUE),
        (AT, Section.TODAY),
        (MIDNIGHT, Section.TODAY),
        (MIDNIGHT + timedelta(seconds=1), Section.WEEK),
        (MIDNIGHT + timedelta(days=6), Section.WEEK),
        (MIDNIGHT + timedelta(days=6, seconds=1), Section.LATER),
        (None, Section.NOW),
    ],
)
def test_work_stands_under_the_day_it_is_due_in_the_viewers_zone(due, section):
    assert section_of(WorkItem("t", "/", "Open", "Area", due_at=due), AT, CHICAGO) is section


def test_what_others_owe_waits_whatever_its_date():
    item = WorkItem("t", "/", "Open", "Area", due_at=AT - timedelta(days=3), group=Turn.WAITING)
    assert section_of(item, AT, CHICAGO) is Section.WAITING
