"""Where every request begins: what somebody needs, the questions that go with it, and what must be kept to."""
