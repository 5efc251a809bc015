"""An agency reports a breach of security or confidentiality, and whether it was in time."""
