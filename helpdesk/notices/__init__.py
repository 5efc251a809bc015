"""Service notices and newsletters: to whom, at once or when, who has read them, and the public status page."""
