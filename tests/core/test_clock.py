from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core import clock


def test_now_is_aware_and_in_utc():
    assert clock.now().utcoffset() == timedelta(0)


def test_frozen_time_stands_still_and_comes_back():
    at = datetime(2026, 3, 8, 8, 30, tzinfo=UTC)
    with clock.frozen(at):
        assert clock.now() == at
    assert clock.now() > at


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="no time zone"), clock.frozen(datetime(2026, 3, 8)):
        pass
