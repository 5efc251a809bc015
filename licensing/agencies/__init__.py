"""How an agency comes to take part, whom it names, and how it leaves again."""
