"""Typed settings, read once from the environment. A missing secret refuses to start."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

LONGEST_WAIT = 120
PSYCOPG = "postgresql+psycopg://"
NEXT_MAILBOX = re.compile(r"[\s,]+(?=imaps?://)")
Mode = Literal["demo", "development", "production", "test"]


class ConfigError(Exception):
    """A setting that cannot be used; the text is one line that says what to do."""


@dataclass(frozen=True)
class Config:
    mode: Mode
    secret_key: str
    data_dir: Path
    database_url: str = ""
    redis_url: str = ""
    smtp_url: str = ""
    smtp_timeout: float = 20.0
    imap_url: str = ""
    base_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    mail_from: str = "hearthdesk@localhost"
    clock_skew_limit: float = 30.0
    upload_limit: int = 25 * 1024 * 1024
    video_limit: int = 1024 * 1024 * 1024  # of a course's video, which only those who keep courses send
    proxies: int = 0
    scim_url: str = ""
    scim_token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Where people reach the service, without a trailing slash; links in mails start with it."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def imap_urls(self) -> tuple[str, ...]:
        """Each mailbox that IMAP_URL names; several are parted by blanks or commas."""
        return tuple(NEXT_MAILBOX.split(self.imap_url.strip(" \t\r\n,"))) if self.imap_url.strip() else ()

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Config:
        """Raises ConfigError with one line when a setting is missing or cannot be read."""
        mode = _mode(env)
        data_dir = Path(env.get("HEARTHDESK_DATA") or default_data_dir()).expanduser().absolute()
        return cls(
            mode=mode,
            secret_key=_secret_key(env, mode, data_dir),
            data_dir=data_dir,
            database_url=_psycopg(env.get("DATABASE_URL", "")),
            redis_url=env.get("REDIS_URL", ""),
            smtp_url=env.get("SMTP_URL", ""),
            smtp_timeout=_seconds(env, "SMTP_TIMEOUT", 20.0),
            imap_url=env.get("IMAP_URL", ""),
            base_url=env.get("HEARTHDESK_URL", ""),
            host=env.get("HEARTHDESK_HOST", "127.0.0.1"),
            port=_port(env),
            mail_from=env.get("HEARTHDESK_MAIL_FROM", "hearthdesk@localhost"),
            clock_skew_limit=_number(env, "CLOCK_SKEW_LIMIT", 30.0),
            proxies=_count(env, "HEARTHDESK_PROXIES"),
            scim_url=_scim_url(env),
            scim_token=env.get("HEARTHDESK_SCIM_TOKEN", ""),
        )


def default_data_dir() -> Path:
    here = Path(__file__).resolve().parent
    in_checkout = (here / "Makefile").exists()
    return here / "var" if in_checkout else Path.home() / ".local" / "share" / "hearthdesk"


def _mode(env: Mapping[str, str]) -> Mode:
    mode = env.get("HEARTHDESK_MODE", "demo")
    if mode not in get_args(Mode):
        raise ConfigError(f"HEARTHDESK_MODE is {mode!r}; use one of {', '.join(get_args(Mode))}.")
    return cast(Mode, mode)


def _secret_key(env: Mapping[str, str], mode: Mode, data_dir: Path) -> str:
    given = env.get("HEARTHDESK_SECRET_KEY", "")
    if mode == "production" and len(given) < 32:
        raise ConfigError(
            "HEARTHDESK_SECRET_KEY is missing or shorter than 32 characters; "
            'set it, for example to the output of: python3 -c "import secrets; print(secrets.token_hex(32))"'
        )
    return given or _kept_secret(data_dir / "secret-key")


def _kept_secret(path: Path) -> str:
    """The demo's and developer's own secret, made once and kept beside the data."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); fix its permissions or set HEARTHDESK_DATA."
        ) from error
    secret = secrets.token_hex(32)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secret)
    except OSError as error:
        raise ConfigError(
            f"The data folder {path.parent} cannot be written ({error.strerror}); "
            "set HEARTHDESK_DATA to a folder that can."
        ) from error
    return secret


def _psycopg(url: str) -> str:
    """Any PostgreSQL address, spelled for the driver this project installs."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return PSYCOPG + url.removeprefix(prefix)
    if url and not url.startswith(PSYCOPG):
        raise ConfigError("DATABASE_URL is no PostgreSQL address; give one like postgresql://user:password@host/name.")
    return url


def _scim_url(env: Mapping[str, str]) -> str:
    """Where the vendor's SCIM server is; without its token nothing could be sent."""
    url = env.get("HEARTHDESK_SCIM_URL", "").strip().rstrip("/")
    if url and not url.startswith(("https://", "http://")):
        raise ConfigError("HEARTHDESK_SCIM_URL is no web address; give one like https://hmis.example.org/scim/v2.")
    if url and not env.get("HEARTHDESK_SCIM_TOKEN"):
        raise ConfigError("HEARTHDESK_SCIM_URL is set without HEARTHDESK_SCIM_TOKEN; set both, or neither.")
    return url


def _count(env: Mapping[str, str], name: str) -> int:
    text = env.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 3):
        raise ConfigError(f"{name} is {text!r}; it must be a whole number from 0 to 99.")
    return int(text)


def _port(env: Mapping[str, str]) -> int:
    text = env.get("HEARTHDESK_PORT", "").strip() or "8000"
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= 65_535):
        raise ConfigError(f"HEARTHDESK_PORT is {text!r}; it must be a whole number from 1 to 65535.")
    return int(text)


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    """How long to wait for somebody else; below the outbox's lease, so that nobody else takes what still waits."""
    seconds = _number(env, name, default)
    if not 0 < seconds <= LONGEST_WAIT:
        raise ConfigError(f"{name} is {seconds:g}; it must be above 0 and at most {LONGEST_WAIT} seconds.")
    return seconds


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1
    if not 0 <= value < math.inf:
        raise ConfigError(f"{name} is {text!r}; it must be a number, 0 or more.")
    return value
