"""How many people there are for each full-time place at the help desk, and who stands in for whom (HUD-HD-4)."""
