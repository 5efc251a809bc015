"""Agreements with outside parties: the vendor, the CoC, consultants, whoever gets or moves personal data."""
