"""Who was there, for how long, and what that earns."""
