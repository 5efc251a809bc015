"""What every person has to have done: the matrix by agency and person, and the same lines for oneself."""
