"""What the service stands on, looked at one by one; each answer says what to do."""

from __future__ import annotations

import ctypes.util
import imaplib
import smtplib
import ssl
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import log2
from urllib.parse import unquote, urlsplit

from redis import Redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from config import Config
from core import clock, sweep
from core.db import db
from core.policy import PolicyError, catalog
from core.running import schema
from core.running.checks import Check as Check
from core.running.checks import added

OLDEST_POSTGRES = 15
OLDEST_REDIS = (6, 2)
TIMEOUT = 5
ENOUGH_BITS = 100


def examine(config: Config) -> Iterator[Check]:
    """`config` has every address filled in."""
    yield data_folder(config)
    yield secret(config)
    reached = database(config)
    yield reached
    if reached.ok:
        with create_app(replace(config, redis_url="")).app_context():
            current = migrations()
            yield from (current, clock_skew(config), heartbeat())
            if current.ok:
                yield from added()
            db.session.remove()
            db.engine.dispose()
    yield redis(config)
    yield smtp(config)
    yield from (imap(url) for url in config.imap_urls)
    yield policy_packs()
    yield pdf()


def data_folder(config: Config) -> Check:
    try:
        with tempfile.NamedTemporaryFile(dir=config.data_dir):
            return Check("data folder", True, str(config.data_dir))
    except OSError as error:
        found = f"{config.data_dir} cannot be written ({error.strerror})"
        return Check("data folder", False, found, "Change its owner, or set HEARTHDESK_DATA.")


def secret(config: Config) -> Check:
    bits = _bits(config.secret_key)
    if bits >= ENOUGH_BITS:
        return Check("secret key", True, "strong")
    advice = 'Set HEARTHDESK_SECRET_KEY to the output of: python3 -c "import secrets; print(secrets.token_hex(32))"'
    return Check("secret key", False, f"guessable (about {bits:.0f} bits)", advice)


def _bits(value: str) -> float:
    """Shannon's measure over its characters: words and repetition count for little."""
    counts = Counter(value).values()
    return -sum(n * log2(n / len(value)) for n in counts)


def database(config: Config) -> Check:
    engine = create_engine(config.database_url, connect_args={"connect_timeout": TIMEOUT})
    try:
        with engine.connect() as connection:
            version = int(connection.execute(text("show server_version_num")).scalar_one()) // 10_000
    except SQLAlchemyError as error:
        return Check("database", False, _first_line(error), "Start it, or correct DATABASE_URL.")
    finally:
        engine.dispose()
    new_enough = version >= OLDEST_POSTGRES
    advice = "" if new_enough else f"Use PostgreSQL {OLDEST_POSTGRES} or newer."
    return Check("database", new_enough, f"PostgreSQL {version}", advice)


def migrations() -> Check:
    found = schema.current(db.session.connection())
    current = found == schema.head()
    told = f"at {found or 'nothing'}" + ("" if current else f", the newest is {schema.head()}")
    return Check("schema", current, told, "" if current else "Run: hearthdesk db upgrade")


def clock_skew(config: Config) -> Check:
    skew, limit = sweep.clock_skew().total_seconds(), config.clock_skew_limit
    near = limit == 0 or abs(skew) <= limit
    told = f"{skew:+.1f} s from the database's" + (f" (limit {limit:.0f} s)" if limit else " (not limited)")
    return Check("clock", near, told, "" if near else "Set both machines' clocks by NTP; nothing fires until then.")


def heartbeat() -> Check:
    try:
        beat = sweep.last_beat()
        alive = sweep.is_alive(clock.now())
    except SQLAlchemyError as error:
        return Check("sweeper", False, _first_line(error), "Run: hearthdesk db upgrade")
    advice = "" if alive else "Start the service (hearthdesk up), or its workers; deadlines wait until then."
    if beat is None:
        return Check("sweeper", False, "has never run here", advice)
    told = beat.detail or f"last seen {beat.at.isoformat(timespec='seconds')}"
    return Check("sweeper", alive, told, advice)


def redis(config: Config) -> Check:
    try:
        with Redis.from_url(config.redis_url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT) as server:
            version = str(server.info("server")["redis_version"])
            policy = _eviction_policy(server)
    except (RedisError, ValueError) as error:
        return Check("Redis", False, _first_line(error), "Start it, or correct REDIS_URL; the sweeper works without.")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        return Check("Redis", False, f"version {version}", "Use Redis 6.2 or newer, or Valkey.")
    if policy not in {"noeviction", "unknown"}:
        advice = "It would throw jobs away when full: CONFIG SET maxmemory-policy noeviction"
        return Check("Redis", False, f"maxmemory-policy is {policy}", advice)
    return Check("Redis", True, f"version {version}, maxmemory-policy {policy}")


def _eviction_policy(server: Redis) -> str:
    """A managed server may refuse to tell."""
    try:
        return str(server.config_get("maxmemory-policy").get("maxmemory-policy", "unknown"))
    except ResponseError:
        return "unknown"


def smtp(config: Config) -> Check:
    if not config.smtp_url:
        return Check("outgoing mail", False, "no server is set", "Set SMTP_URL; mails wait in the outbox until then.")
    url = urlsplit(config.smtp_url)
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(url.hostname or "", url.port or 0, timeout=TIMEOUT) as server:
            server.ehlo()
            if url.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
    except (OSError, smtplib.SMTPException) as error:
        return Check("outgoing mail", False, f"{url.hostname}: {_first_line(error)}", "Correct SMTP_URL.")
    return Check("outgoing mail", True, f"{url.hostname}:{url.port or 25}")


def imap(mailbox: str) -> Check:
    url = urlsplit(mailbox)
    kind: Callable[..., imaplib.IMAP4] = imaplib.IMAP4_SSL if url.scheme == "imaps" else imaplib.IMAP4
    port = url.port or (993 if url.scheme == "imaps" else 143)
    try:
        with kind(url.hostname or "", port, timeout=TIMEOUT) as server:
            server.login(unquote(url.username or ""), unquote(url.password or ""))
    except (OSError, imaplib.IMAP4.error) as error:
        return Check("incoming mail", False, f"{url.hostname}: {_first_line(error)}", "Correct IMAP_URL.")
    return Check("incoming mail", True, f"{url.hostname}:{port}")


def policy_packs() -> Check:
    try:
        policies = catalog.load_all()
    except PolicyError as error:
        return Check("policy packs", False, _first_line(error), "Run: hearthdesk policy check FILE")
    return Check("policy packs", True, f"{', '.join(sorted({policy.pack for policy in policies}))}")


def pdf() -> Check:
    """Never a problem: every page prints without it."""
    if ctypes.util.find_library("pangoft2-1.0"):
        return Check("PDF", True, "can be made")
    advice = "For PDF files: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    return Check("PDF", True, "cannot be made; pages print instead", advice)


def _first_line(error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
