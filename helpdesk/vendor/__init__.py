"""Cases at the software vendor: what the Lead alone asks it, for the many requests that wait for the answer."""
