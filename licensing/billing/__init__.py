"""What agencies pay for the HMIS: fees, invoices, payments, what happens when none comes, and the books."""
