"""Answers that are there already: found while somebody types a request, and put into the box of whoever answers."""
