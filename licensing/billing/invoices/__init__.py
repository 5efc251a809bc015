"""Seats: how many licenses the vendor sold, who has one, who waits, and what they cost."""
