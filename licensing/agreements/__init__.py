"""Documents that are signed: their versions, who signed which exact text, what holds today and who has not signed."""
