"""Requests that belong together: linked, split, merged, made one from another."""
