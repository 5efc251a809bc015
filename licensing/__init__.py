"""The licensing area of Hearthdesk."""
