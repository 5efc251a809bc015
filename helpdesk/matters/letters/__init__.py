"""Letters that say that an agency takes part in the HMIS, or is about to."""
