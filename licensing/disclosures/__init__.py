"""A user says whether they or close family are clients; only those who need it read what was said (VT-LI-4)."""
