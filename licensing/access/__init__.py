"""Who may use the HMIS: the request for a license, what it still needs, and the license itself."""
