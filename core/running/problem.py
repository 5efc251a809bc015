"""What a person can put right."""


class Problem(Exception):
    """Something is in the way of running; the text is one line that says what it is and what to do."""


REFUSED = 2  # the exit status of whoever has told such a line
