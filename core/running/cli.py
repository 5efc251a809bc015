"""`hearthdesk up`, `doctor` and `db`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace

import click

from config import Config


@click.command()
@click.option("--host", help="Address to listen on; HEARTHDESK_HOST otherwise.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; HEARTHDESK_PORT otherwise.")
@click.option("--data", type=click.Path(file_okay=False), help="Data folder; HEARTHDESK_DATA otherwise.")
def up(host: str | None, port: int | None, data: str | None) -> None:
    """Start the whole service and keep it running until Ctrl-C."""
    given = {"HEARTHDESK_HOST": host, "HEARTHDESK_PORT": port, "HEARTHDESK_DATA": data}
    settings = {name: str(value) for name, value in given.items() if value is not None}
    sys.stdout.flush()
    # A new program in this process: what the command line imported would otherwise weigh on it for good.
    command = [sys.executable, "-m", "core.running.supervisor"]
    os.execve(sys.executable, command, {**os.environ, **settings})  # noqa: S606 - no shell is wanted


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check what the service stands on; exit 1 and say what to do about each problem."""
    from core.running import attach
    from core.running.doctor import examine

    with attach.servers(Config.from_env(os.environ), redis=True) as config:
        checks = list(examine(config))
    if as_json:
        click.echo(json.dumps({"ok": all(c.ok for c in checks), "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            click.echo(f"{'ok     ' if check.ok else 'PROBLEM'}  {check.name}: {check.found}")
            if check.advice:
                click.echo(f"         {check.advice}")
    ctx.exit(0 if all(check.ok for check in checks) else 1)


@click.group("db")
def database() -> None:
    """The database's schema."""


@database.command()
def upgrade() -> None:
    """Bring the schema to the newest migration."""
    from app import create_app
    from core.running import attach, schema

    config = Config.from_env(os.environ)
    with attach.database(config) as url:
        schema.upgrade(create_app(replace(config, database_url=url)))
    click.echo(f"The schema is at {schema.head() or 'nothing'}.")


@database.command("check")
@click.pass_context
def check_drift(ctx: click.Context) -> None:
    """Compare models with migrations, on a fresh database of its own; exit 1 and list what differs."""
    from app import create_app
    from core.running import schema
    from core.running.embedded import throwaway_postgres

    with throwaway_postgres() as server:
        config = Config(mode="test", secret_key="-", data_dir=server.data_dir, database_url=server.url)  # noqa: S106 - signs nothing
        app = create_app(config)
        schema.upgrade(app)
        found = schema.drift(app)
    for line in found:
        click.echo(f"models and migrations differ: {line}", err=True)
    ctx.exit(1 if found else 0)


commands = [up, doctor, database]
