"""Somebody outside demands client data: what would have to hold before any is released, and the log of what was."""
