"""Temporary HMIS passwords: made by the rules of the manual, shown once, kept nowhere; and when the next is due."""
