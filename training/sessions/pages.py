"""The whole blueprint: importing this has every page of sessions on it."""

from training.sessions import registration_views, views
from training.sessions.attendance import views as attendance_views
from training.sessions.blueprint import bp
from training.sessions.importing import views as import_views
from training.sessions.meetings import views as meeting_views

__all__ = ["attendance_views", "bp", "import_views", "meeting_views", "registration_views", "views"]
