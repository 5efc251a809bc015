"""CoCs, agencies, projects, and the people in them with what each is designated to do."""
