"""The roster: each agency with what makes it one that takes part properly, who is out, and why."""
