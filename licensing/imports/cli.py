"""`hearthdesk licenses`: bring what a Lead has kept elsewhere, from spreadsheets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from core.running.attach import attached_app

if TYPE_CHECKING:
    from licensing.imports.rules import Sheet

MOST_SHOWN = 50


@click.group()
def licenses() -> None:
    """Licenses, and what a Lead brings along to have them here."""


@licenses.command("template")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def template(folder: Path) -> None:
    """Write an empty file for each kind into FOLDER, with an example row, and COLUMNS.txt, which says what is what."""
    from core.sheets import csv_lines
    from licensing.imports.rules import COLUMNS

    folder.mkdir(parents=True, exist_ok=True)
    about = []
    for kind, columns in COLUMNS.items():
        path = folder / f"{kind}.csv"
        if path.exists():
            raise click.ClickException(f"{path} is there already; nothing is written over it.")
        header = [column.name for column in columns]
        path.write_text("".join(csv_lines(header, [[c.example for c in columns]], ZoneInfo("UTC"))), encoding="utf-8")
        about += [f"{kind}.csv", *(_about(column) for column in columns), ""]
    (folder / "COLUMNS.txt").write_text("\n".join(about), encoding="utf-8")
    click.echo(f"{len(COLUMNS)} files and COLUMNS.txt are in {folder}. Take the example rows out before you import.")


def _about(column: Any) -> str:
    needed = "needed" if column.is_needed else "may be empty"
    return f"  {column.name} ({needed}). {column.says}".rstrip()


@licenses.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, metavar="EMAIL", help="Who brings it: an administrator of the Lead.")
@click.option("--commit", is_flag=True, help="Write it. Without this, nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def import_(files: tuple[Path, ...], by: str, commit: bool, as_json: bool) -> None:
    """Read FILES (CSV, one for each kind, or an Excel workbook with a sheet for each) and say what would be new and
    which rows cannot be used, with file, line and column. Again is safe: what is here stays as it is."""
    with attached_app():
        told = bring(files, by, commit=commit)
    click.echo(json.dumps(told) if as_json else _words(told))
    if told["problems"]:
        raise click.ClickException(f"{len(told['problems'])} rows or columns cannot be used. {_so_far(told)}")


def _so_far(told: dict[str, Any]) -> str:
    return "What came before them is written; mend them and run it again." if told["written"] else "Nothing is written."


def bring(files: tuple[Path, ...], by: str, *, commit: bool) -> dict[str, Any]:
    """Check all of it, and write it where that is wanted and nothing is in the way."""
    from core import clock
    from core.audit import acting_as
    from core.authz import principal_for
    from core.closures.queries import lead_of
    from core.people.services import person_by_email
    from licensing.imports import services
    from licensing.imports.permissions import Permission
    from licensing.imports.services import Office

    person = person_by_email(by)
    principal = principal_for(person, clock.now()) if person else None
    if principal is None or not principal.can(Permission.BRING):
        raise click.ClickException(f"{by} is no administrator of a Lead here.")
    office = Office(lead_of(principal, Permission.BRING), principal, clock.now())
    sheets = _in_order(sheet for path in files for sheet in _sheets(path))
    with acting_as(principal.name, principal.person_id):
        outcome = services.check(office, sheets)
        written = commit and not outcome.problems
        if written:
            outcome = services.bring(office, sheets)
    counts = {str(kind): dict(told) for kind, told in outcome.counts.items()}
    is_changed = written and any(told.get(services.NEW) for told in counts.values())
    return {
        "written": written, "changed": is_changed, "counts": counts, "problems": [str(one) for one in outcome.problems],
    }  # fmt: skip


def _sheets(path: Path) -> Iterator[Sheet]:
    from core.errors import Invalid
    from core.tables import tables
    from licensing.imports.rules import kind_of, read

    try:
        found = tables(path.read_bytes())
    except Invalid as error:
        raise click.ClickException(f"{path.name}: {error.message} {error.advice}") from error
    for table in found:
        kind = kind_of(table.name) or kind_of(path.stem)
        if kind is None:
            raise click.ClickException(
                f"{path.name}: is it agencies, people, licenses or training? Name the file or the sheet so."
            )
        yield read(kind, f"{path.name}, sheet {table.name}" if table.name else path.name, table)


def _in_order(sheets: Iterator[Sheet]) -> list[Sheet]:
    from licensing.imports.rules import Kind

    order = list(Kind)
    return sorted(sheets, key=lambda sheet: order.index(sheet.kind))


def _words(told: dict[str, Any]) -> str:
    lines = [
        f"{kind}: {n.get('new', 0):,} new, {n.get('same', 0):,} here already"
        + (f", {n['over']:,} ended here and stay so" if n.get("over") else "")
        for kind, n in told["counts"].items()
    ]
    shown, more = told["problems"][:MOST_SHOWN], len(told["problems"]) - MOST_SHOWN
    lines += [*shown, *([f"... and {more:,} more"] if more > 0 else [])]
    if told["written"] and not told["problems"]:
        lines.append("Written." if told["changed"] else "Everything was here already: nothing was changed.")
    elif not told["problems"]:
        lines.append("A dry run: nothing was changed. Add --commit to write it.")
    return "\n".join(lines)


commands = [licenses]
