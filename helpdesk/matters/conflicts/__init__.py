"""An agency and the HMIS Lead disagree: both write it down, and it climbs until somebody's word is final."""
