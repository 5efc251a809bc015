"""Requests with a procedure: for data, by clients about their own record, and by outsiders about clients."""
