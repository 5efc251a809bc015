"""Canned replies: short answers with places for names and numbers, which staff put into a ticket."""
