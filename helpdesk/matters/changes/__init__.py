"""Changes of the policies: proposed, voted on, adopted, forwarded to every executive director, acknowledged."""
