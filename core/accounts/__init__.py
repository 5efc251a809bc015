"""Who is signed in: passwords, second factors, sessions, API tokens, and the guard in front of every request."""

from core.accounts.guard import init_app

__all__ = ["init_app"]
