"""What pages share: words for times, navigation, hashed static files and the security headers."""

from __future__ import annotations

from flask import Flask

from core.ui import assets, banners, filters, headers, nav
from core.ui.viewer import viewer_zone

__all__ = ["init_app", "viewer_zone"]


def init_app(app: Flask) -> None:
    filters.init_app(app)
    assets.init_app(app)
    nav.init_app(app)
    banners.init_app(app)
    headers.init_app(app)
