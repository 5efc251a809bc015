"""What is asked more often than before, and what the staff make of it (HUD-HD-8)."""
