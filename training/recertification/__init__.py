"""What is owed again and again: campaigns, who owes what by when, and what follows when it is not done."""
