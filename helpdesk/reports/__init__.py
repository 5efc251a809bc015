"""What the help desk knows of itself: figures, issues, staffing, themes and the yearly evaluation."""
