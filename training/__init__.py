"""The training area of Hearthdesk."""
