"""The helpdesk area of Hearthdesk."""
