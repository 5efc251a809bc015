"""create_app(): configuration, extensions, blueprints, guards; nothing else."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from apiflask import APIFlask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from api.blueprint import init_app as init_api
from config import Config
from core import authz, connections, errors, queues, ui
from core.accounts import init_app as init_accounts
from core.db import RowId, db
from core.outbox.sending import init_app as init_mail

HERE = Path(__file__).resolve().parent
BLUEPRINTS: tuple[str, ...] = (
    "core.accounts.views",
    "core.office.views",
    "core.closures.views",
    "core.running.health",
    "training.courses.views",
    "training.series.views",
    "training.transcripts.views",
    "training.sessions.pages",
    "training.sessions.public",
    "training.recertification.views",
    "training.requirements.views",
    "training.practice.views",
    "licensing.access.views",
    "licensing.agencies.views",
    "licensing.agencies.naming_views",
    "licensing.agencies.public",
    "licensing.agreements.views",
    "licensing.billing.fees.views",
    "licensing.billing.invoices.views",
    "licensing.calendar.views",
    "licensing.contracts.views",
    "licensing.billing.banking.views",
    "licensing.billing.books.views",
    "licensing.billing.overdue.views",
    "licensing.billing.payments.views",
    "licensing.bulk.views",
    "licensing.changes.views",
    "licensing.departures.views",
    "licensing.disclosures.views",
    "licensing.endings.views",
    "licensing.provisioning.views",
    "licensing.reconciliation.views",
    "licensing.reviews.views",
    "licensing.credentials.views",
    "licensing.roster.views",
    "licensing.seats.views",
    "licensing.inactivity.views",
    "licensing.leaves.views",
    "licensing.suspicions.views",
    "helpdesk.mail.views",
    "helpdesk.mail.address_views",
    "helpdesk.matters.breaches.views",
    "helpdesk.matters.changes.views",
    "helpdesk.matters.complaints.public",
    "helpdesk.matters.complaints.views",
    "helpdesk.matters.conflicts.views",
    "helpdesk.matters.letters.views",
    "helpdesk.matters.seats.views",
    "helpdesk.requests.clients.views",
    "helpdesk.requests.data.views",
    "helpdesk.requests.demands.views",
    "helpdesk.tickets.views",
    "helpdesk.intake.public",
    "helpdesk.intake.field_views",
    "helpdesk.intake.review_views",
    "helpdesk.intake.views",
    "helpdesk.elevation.views",
    "helpdesk.bonds.views",
    "helpdesk.flow.views",
    "helpdesk.routing.views",
    "helpdesk.knowledge.views",
    "helpdesk.replies.views",
    "helpdesk.reports.pages",
    "helpdesk.desk.views",
    "helpdesk.answering.views",
    "helpdesk.satisfaction.views",
    "helpdesk.satisfaction.public",
    "helpdesk.surveys.views",
    "helpdesk.vendor.views",
    "helpdesk.notices.views",
    "helpdesk.notices.public",
    "api.v1",
)
migrate = Migrate()
csrf = CSRFProtect()


def create_app(config: Config | None = None) -> APIFlask:
    """The application for `config`, or for what the environment says. Raises ConfigError."""
    config = config or Config.from_env(os.environ)
    app = APIFlask(
        "hearthdesk",
        root_path=str(HERE),
        template_folder="templates",
        static_folder="static",
        spec_path=None,
        docs_path=None,
        json_errors=False,
    )
    _configure(app, config)
    _trust_proxies(app, config.proxies)
    app.url_map.converters["int"] = RowId
    db.init_app(app)
    with app.app_context():
        connections.watch(db.engine)
    migrate.init_app(app, db, directory=str(HERE / "migrations"))
    csrf.init_app(app)
    init_mail(app)
    init_accounts(app)
    ui.init_app(app)
    errors.init_app(app)
    if config.redis_url:
        app.extensions["wake"] = queues.wake_by_redis(config.redis_url)
    init_api(app)
    _register(app)
    authz.refuse_unguarded(app)
    return app


def _configure(app: APIFlask, config: Config) -> None:
    app.config.update(
        HEARTHDESK=config,
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_use_lifo": True, "pool_size": 8, "max_overflow": 8, "hide_parameters": True},
        MAX_CONTENT_LENGTH=config.upload_limit,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.is_https,
        SESSION_COOKIE_NAME="__Host-hearthdesk" if config.is_https else "hearthdesk",
        WTF_CSRF_TIME_LIMIT=None,
        TEMPLATES_AUTO_RELOAD=config.mode == "development",
        STATIC_IS_FIXED=config.mode in ("demo", "production"),
    )


def _trust_proxies(app: APIFlask, count: int) -> None:
    """Take the visitor's address and scheme from the headers that so many proxies of ours have added to.

    Anybody can send these headers, so without a proxy they are not read. The host is the request's own always.
    """
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]


def _register(app: APIFlask) -> None:
    """Every blueprint; importing a package also registers its permissions, events and deadline kinds."""
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(name).bp)
