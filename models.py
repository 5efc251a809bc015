"""Every table, imported so that the metadata is whole for migrations and tests."""

from importlib import import_module

MODULES = (
    "core.accounts.models",
    "core.audit.models",
    "core.deadlines.models",
    "core.files.models",
    "core.outbox.models",
    "core.people.models",
    "helpdesk.bonds.models",
    "helpdesk.desk.models",
    "helpdesk.elevation.models",
    "helpdesk.flow.models",
    "helpdesk.intake.models",
    "helpdesk.knowledge.models",
    "helpdesk.mail.models",
    "helpdesk.matters.breaches.models",
    "helpdesk.matters.changes.models",
    "helpdesk.matters.complaints.models",
    "helpdesk.matters.conflicts.models",
    "helpdesk.matters.letters.models",
    "helpdesk.replies.models",
    "helpdesk.reports.models",
    "helpdesk.requests.clients.models",
    "helpdesk.requests.data.models",
    "helpdesk.requests.demands.models",
    "helpdesk.notices.models",
    "helpdesk.routing.models",
    "helpdesk.satisfaction.models",
    "helpdesk.surveys.models",
    "helpdesk.tickets.models",
    "helpdesk.vendor.models",
    "licensing.access.models",
    "licensing.agencies.models",
    "licensing.agreements.models",
    "licensing.bulk.models",
    "licensing.changes.models",
    "licensing.departures.models",
    "licensing.disclosures.models",
    "licensing.endings.models",
    "licensing.leaves.models",
    "training.courses.models",
    "training.recertification.models",
    "training.practice.models",
    "training.series.models",
    "training.transcripts.models",
    "training.sessions.models",
)


def import_all() -> None:
    for name in MODULES:
        import_module(name)
