"""Live training: when and where, who comes, who was there, and what that earned them."""
