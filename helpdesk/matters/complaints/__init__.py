"""Complaints, and their way around whoever is complained of."""
