"""A license that nobody uses is locked after the time that the pack sets (SAC-LI-2)."""
