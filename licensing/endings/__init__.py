"""An agency's participation ends, or its access is suspended: notices, their days, the close-out, its data."""
