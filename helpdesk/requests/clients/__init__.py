"""Clients ask to see or correct their own record: received when, answered or refused by when, and why."""
