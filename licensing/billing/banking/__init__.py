"""A bank's list of what came in: read, matched with what is open, looked over, and made into payments."""
