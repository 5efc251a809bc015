"""Articles that answer before anybody has to ask: written, reviewed, found, and made from what was solved."""
