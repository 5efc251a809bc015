"""What can be learned here, in which version, and the proof that somebody has: courses and completions."""
