"""Who sits where beside the roles: the CoC's leadership, its committees, and those above the Lead's office."""
