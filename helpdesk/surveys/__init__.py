"""Once a year everybody who uses the HMIS is asked how the help was: what, whom, and what they said."""
