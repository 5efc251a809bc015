"""The `hearthdesk` command. Each package adds its own in its `cli.py` as `commands`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import NoReturn

import click

from config import ConfigError
from core.errors import DomainError
from core.running.problem import REFUSED, Problem

INTERRUPTED = 130

PROVIDERS = (
    "core.running.cli",
    "core.accounts.cli",
    "core.policy.cli",
    "core.deadlines.cli",
    "core.audit.cli",
    "helpdesk.mail.cli",
    "helpdesk.reports.cli",
    "training.sessions.cli",
    "licensing.billing.invoices.cli",
    "licensing.imports.cli",
    "demo.cli",
)


class LazyGroup(click.Group):
    """Imports a provider only when one of its commands is wanted, so that `policy due` starts fast."""

    def _provided(self) -> Iterator[click.Command]:
        for name in PROVIDERS:
            yield from import_module(name).commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(command.name or "" for command in self._provided())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return next((command for command in self._provided() if command.name == name), None)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hearthdesk")
def hearthdesk() -> None:
    """Help desk, training and licensing for the people who run an HMIS."""


def main() -> None:
    """The console script: a mistake of the caller's is one line on stderr and exit 2 or 1."""
    try:
        sys.exit(hearthdesk.main(prog_name="hearthdesk", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "hearthdesk"
        _refuse(f"{error.format_message()} See {command} --help.", error.exit_code)
    except click.ClickException as error:
        _refuse(error.format_message(), error.exit_code)
    except click.Abort:
        _refuse("stopped; nothing more is done.", INTERRUPTED)
    except (ConfigError, Problem) as error:
        _refuse(str(error), REFUSED)
    except DomainError as error:
        _refuse(f"{error.message} {error.advice}", 1)


def _refuse(message: str, code: int) -> NoReturn:
    click.echo(f"hearthdesk: {' '.join(message.split())}", err=True)
    sys.exit(code)
