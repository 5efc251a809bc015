"""The days a Lead is closed beyond the federal holidays, and what adding one moves."""
