"""Requests that change a license which is there: another level, one more project, the reporting add-on."""
