"""A visitor's address is the connection's own, unless the setting says how many proxies of ours stand in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app import create_app
from config import Config, ConfigError
from core.audit import AuditEvent
from core.db import db
from tests.accounts.visitor import Visitor

FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "elsewhere.test",
}


@pytest.fixture
def told(app, at_noon, one_limiter, config: Config):
    """What somebody behind so many proxies looks like, who also sends a line of their own: address and log."""

    def ask(proxies: int) -> str:
        other = create_app(replace(config, proxies=proxies))
        visitor = Visitor(other)
        visitor.open("/forgot-password")
        sent = {"csrf_token": visitor.csrf, "email": "nobody@agency.test"}
        headers = {**FORWARDED, "Referer": "https://localhost/forgot-password"}
        assert visitor.client.post("/forgot-password", data=sent, headers=headers).status_code == 302
        with other.app_context():
            db.engine.dispose()
        row = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.reset-asked")).one()
        return row.data["ip"]

    return ask


@pytest.mark.parametrize(
    ("proxies", "address"),
    [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9"), (3, "127.0.0.1")],
)
def test_a_visitors_address(told, proxies: int, address: str):
    """With none, and where fewer proxies have signed than should have, the header counts for nothing."""
    assert told(proxies) == address


def test_tries_are_counted_per_visitor_only_behind_a_proxy(app, at_noon, one_limiter, config: Config):
    """Without the setting, another header for each try makes nobody a new visitor."""

    def answers(proxies: int) -> set[int]:
        visitor = Visitor(create_app(replace(config, proxies=proxies)))
        seen = set()
        for n in range(25):
            visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{n}"
            visitor.client.environ_base["HTTP_REFERER"] = "http://localhost/forgot-password"
            seen.add(visitor.submit("/forgot-password", email=f"nobody{n}@agency.test").status_code)
        with visitor.client.application.app_context():
            db.engine.dispose()
        return seen

    assert 429 in answers(0)
    assert 429 not in answers(1)


def test_the_host_is_never_taken_from_a_header(app, one_limiter, config: Config):
    """Whoever could choose it could have links and redirects lead elsewhere."""
    other = create_app(replace(config, proxies=1))
    answer = other.test_client().get("/", headers=FORWARDED)
    assert (answer.status_code, "elsewhere" in answer.location) == (302, False)
    with other.app_context():
        db.engine.dispose()


def settings(tmp_path: Path, value: str | None) -> dict[str, str]:
    found = {"HEARTHDESK_MODE": "test", "HEARTHDESK_SECRET_KEY": "k" * 32, "HEARTHDESK_DATA": str(tmp_path)}
    return found if value is None else {**found, "HEARTHDESK_PROXIES": value}


@pytest.mark.parametrize(("value", "count"), [(None, 0), ("", 0), ("0", 0), ("1", 1), (" 2 ", 2)])
def test_the_setting(tmp_path: Path, value: str | None, count: int):
    assert Config.from_env(settings(tmp_path, value)).proxies == count


@pytest.mark.parametrize("value", ["-1", "1.5", "yes", "100", "²", "nan"])
def test_a_setting_that_is_no_number_is_one_line(tmp_path: Path, value: str):
    with pytest.raises(ConfigError, match=r"HEARTHDESK_PROXIES is .* whole number"):
        Config.from_env(settings(tmp_path, value))
