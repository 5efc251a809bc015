"""The meetings that a manual wants regularly: when the next is due, what each has on record, and who attends."""
