"""Money that comes in: taken, put to invoices, taken back, and read from a bank's list."""
