"""How a ticket moves by itself: who gets it, which promises run on it, and what happens when one runs out."""
