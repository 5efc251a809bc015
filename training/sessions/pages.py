"""The whole blueprint: importing this has every page of sessions on it."""

from training.sessions import registration_views, views
from training.sessions.blueprint import bp

__all__ = ["bp", "registration_views", "views"]
