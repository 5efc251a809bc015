"""What happens when an invoice is not paid: reminders, suspended licenses, more time, and access given back."""
