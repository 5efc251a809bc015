"""Who of the Lead gets a request: by agency, by skill, by load, and who covers for whom."""
