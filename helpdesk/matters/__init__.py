"""What is no ticket: complaints, conflicts, changes of the policies, participation letters, reports of a breach."""
