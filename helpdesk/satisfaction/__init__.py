"""How the help was: asked once for each closing of a request."""
