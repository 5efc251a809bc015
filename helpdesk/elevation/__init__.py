"""What the help desk cannot settle goes to the CoC or its data committee, by hand or by time; it stays the Lead's."""
