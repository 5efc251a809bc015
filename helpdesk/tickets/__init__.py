"""Tickets: who asked for what, which tier holds it, what was said, and to whom."""
