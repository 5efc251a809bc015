"""Static files under addresses that change with their content, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, has_request_context, request, url_for
from markupsafe import Markup

VENDOR = "vendor/"
SPRITE = "vendor/uswds-3.14.0/img/sprite.svg"
ICON = Markup('<svg class="usa-icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>')


@lru_cache(maxsize=256)
def _digest(path: Path, _modified: int) -> str:
    """Read once for each time of change, which is only there to be part of the cache's key."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def content_hash(filename: str) -> str:
    """Of the file as it is now; raises FileNotFoundError when a page names a file that is not there."""
    path = Path(current_app.static_folder or "static") / filename
    return _digest(path, path.stat().st_mtime_ns)


def static_url(filename: str) -> str:
    """A page names dozens of files; where they do not change while the service runs, each address is made once."""
    if not current_app.config["STATIC_IS_FIXED"]:
        return url_for("static", filename=filename, v=content_hash(filename))
    known: dict[tuple[str, str], str] = current_app.extensions["static_urls"]
    key = (request.script_root if has_request_context() else "", filename)
    if key not in known:
        known[key] = url_for("static", filename=filename, v=content_hash(filename))
    return known[key]


def icon(name: str) -> Markup:
    """A picture of the sprite, for the eye alone; a list has one in each of its rows, so each is written once."""
    sprite = static_url(SPRITE)
    known: dict[tuple[str, str], Markup] = current_app.extensions["icons"]
    if (sprite, name) not in known:
        known[sprite, name] = ICON.format(sprite, name)
    return known[sprite, name]


def is_pinned(filename: str, version: str | None) -> bool:
    """Whether this address always gives the same bytes: a vendored release, or the hash of today's content."""
    return filename.startswith(VENDOR) or (version is not None and version == content_hash(filename))


def init_app(app: Flask) -> None:
    app.config.setdefault("STATIC_IS_FIXED", False)
    app.extensions["static_urls"] = {}
    app.extensions["icons"] = {}
    app.add_template_global(static_url)
    app.add_template_global(icon, "sprite_icon")
