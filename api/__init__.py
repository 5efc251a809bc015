"""The REST surface: the same acts as the pages, through the same services, for tokens scoped like people."""
