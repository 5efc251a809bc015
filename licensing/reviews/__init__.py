"""Once a month each agency confirms who still uses the HMIS."""
