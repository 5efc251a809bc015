"""Leaves: who is away for long is locked meanwhile, and unlocked on return (SON-LI-5)."""
