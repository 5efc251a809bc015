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


@pytest.mark.parametrize(
    ("due", "section"),
    [
        (AT - timedelta(seconds=1), Section.LATE_WITH_OTHERS),
        (AT - timedelta(microseconds=999_999), Section.WAITING),
        (AT + timedelta(days=3), Section.WAITING),
        (None, Section.WAITING),
    ],
)
def test_what_others_owe_waits_until_it_is_late(due, section):
    item = WorkItem("t", "/", "Open", "Area", due_at=due, group=Turn.WAITING)
    assert section_of(item, AT, CHICAGO) is section


@pytest.mark.parametrize(
    ("due", "since", "long"),
    [
        (None, AT - timedelta(days=14), True),
        (None, AT - timedelta(days=14) + timedelta(seconds=1), False),
        (AT, AT - timedelta(days=100), False),
        (None, None, False),
    ],
)
def test_only_undated_work_is_said_to_wait_long(due, since, long):
    assert WorkItem("t", "/", "Open", "Area", due_at=due, since=since).waits_long(AT) is long
