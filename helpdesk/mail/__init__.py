"""Mail that comes in: kept raw first, then read; a ticket, a reply, or a row that a person can see and fix."""
