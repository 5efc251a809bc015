"""The calendar of security reports: what is due when, and that it was done."""
