"""The whole service, as a person starts it."""

from __future__ import annotations

import json
import signal
import smtplib
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.running import mailsink
from tests.running.service import Service, all_gone, environment, hearthdesk
from tests.support.smtp import free_port


@pytest.fixture
def service(data_dir: Path) -> Iterator[Service]:
    running = Service(data_dir)
    running.start()
    yield running
    running.stop()


def one_line(stderr: str) -> str:
    lines = stderr.strip().splitlines()
    assert len(lines) == 1, stderr
    return lines[0]


def test_a_running_service(service: Service) -> None:
    """One start for many questions: it takes seconds."""
    assert f"Hearthdesk is at http://127.0.0.1:{service.port}" in service.told()
    second_start_is_refused(service)
    taken_port_is_refused(service)
    commands_attach(service)
    mails_are_kept(service)
    ended_children_come_back(service)


def second_start_is_refused(service: Service) -> None:
    second = hearthdesk("up", env=environment(service.data_dir, free_port()))
    assert second.returncode == 2
    assert f"is in use by process {service.process.pid};" in one_line(second.stderr)


def taken_port_is_refused(service: Service) -> None:
    other = hearthdesk("up", env=environment(service.data_dir / "other", service.port))
    assert other.returncode == 2
    assert f"Port {service.port} on 127.0.0.1 cannot be used" in one_line(other.stderr)


def commands_attach(service: Service) -> None:
    report = hearthdesk("doctor", "--json", env=service.env)
    assert report.returncode == 0, report.stdout + report.stderr
    checks = {check["name"]: check["ok"] for check in json.loads(report.stdout)["checks"]}
    assert {"database", "schema", "clock", "Redis", "outgoing mail", "sweeper", "policy packs"} <= checks.keys()
    assert all(checks.values())


def mails_are_kept(service: Service) -> None:
    port = int(service.endpoints.smtp_url.rpartition(":")[2])
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.sendmail("desk@example.org", ["a@example.org"], "Subject: Hello\r\n\r\nA line.\r\n")
    (kept,) = mailsink.messages(service.data_dir)
    assert (kept.sender, kept.recipients, kept.subject) == ("desk@example.org", ("a@example.org",), "Hello")


def ended_children_come_back(service: Service) -> None:
    before = dict(service.endpoints.children)
    for pid in before:
        psutil.Process(pid).kill()
    until = time.monotonic() + 60
    while service.endpoints.children.keys() & before.keys() or not service.ready():
        assert time.monotonic() < until, service.told()
        time.sleep(0.1)
    assert "PostgreSQL ended (SIGKILL); it starts again in" in service.told()


def test_kill_9_leaves_nothing_that_blocks_the_next_start(service: Service) -> None:
    former = service.children()
    service.kill()
    service.start()
    assert all_gone(former)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_stops_everything(data_dir: Path, by: signal.Signals) -> None:
    service = Service(data_dir)
    service.start()
    children = service.children()
    assert service.stop(by) == 0
    assert all_gone(children)
    assert not (data_dir / "running.json").exists()


def test_a_folder_that_cannot_be_written(read_only: Path) -> None:
    refused = hearthdesk("up", env=environment(read_only, free_port()))
    assert refused.returncode == 2
    assert f"The data folder {read_only} cannot be written" in one_line(refused.stderr)


def test_production_without_a_secret(data_dir: Path) -> None:
    refused = hearthdesk("up", env=environment(data_dir, free_port(), HEARTHDESK_MODE="production"))
    assert refused.returncode == 2
    assert "HEARTHDESK_SECRET_KEY is missing" in one_line(refused.stderr)


def test_a_command_without_a_service_starts_the_database_for_itself(data_dir: Path) -> None:
    env = environment(data_dir, free_port())
    done = hearthdesk("db", "upgrade", env=env)
    assert done.returncode == 0, done.stderr
    assert not (data_dir / "embedded" / "postgres" / "postmaster.pid").exists()
