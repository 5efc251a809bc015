"""How the service is installed, started, supervised and checked."""
