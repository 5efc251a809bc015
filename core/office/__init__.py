"""The pages that belong to no one area: Today, search, the deadlines board, people and agencies, the audit trail."""
