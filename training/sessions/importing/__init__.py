"""Bringing in a conferencing product's report: preview, who is who, commit."""
