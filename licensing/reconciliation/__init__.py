"""The vendor's own list of users, compared with who is licensed here."""
