"""Many requests for access from one list: looked over row by row first, then sent, each once."""
