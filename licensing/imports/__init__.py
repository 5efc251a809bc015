"""What a Lead brings along: its agencies, people, licenses and training dates, from spreadsheets."""
