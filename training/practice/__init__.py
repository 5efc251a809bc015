"""Practice cases: an invented household, entered into the training site part by part and reviewed line by line."""
