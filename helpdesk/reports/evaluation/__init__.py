"""The help desk's own evaluation, once a year: a page and a PDF that stay as they were issued (HUD-HD-9)."""
