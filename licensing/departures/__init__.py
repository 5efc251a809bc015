"""Somebody leaves: the agency's notice, the end of their access, and who was late with which."""
