"""The books: what each agency owes, what came in, what was spent, and how to take it away."""
