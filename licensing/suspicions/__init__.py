"""One person is suspended at once on suspicion, until the Lead has looked into it (SON-LI-4, SAC-CO-1)."""
