"""Accounts in the HMIS itself, at a vendor that speaks SCIM 2.0: made, changed and switched off as licenses are."""
