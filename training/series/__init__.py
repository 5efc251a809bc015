"""Courses in an order with windows: who began when, what is still to do, and by when."""
