"""`hearthdesk policy ...` and `hearthdesk rules`: what the manuals say, and why a date is what it is.

Needs no database. Exit 0: answered. 1: a pack has mistakes. 2: the question cannot be read. 3: the pack's manual says
nothing about it.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, available_timezones

import click

from core import clock
from core.policy import Decision, NotInForce, NotInPack, Policy, PolicyError, UnknownName, catalog
from core.policy.ledger import Entry, ledger
from core.policy.values import Cited
from core.policy.vocabulary import ClockName
from core.workcalendar import WallClock, instant, wall_clock
from core.workcalendar.words import day_and_clock

ANSWERED_BY_DUE = ("pack", "version", "clock", "anchor", "due", "rule", "source", "section", "because")
NOT_IN_PACK, UNREADABLE, MISTAKES = 3, 2, 1

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _refuse(message: str, code: int = UNREADABLE) -> NoReturn:
    click.echo(f"hearthdesk: {' '.join(message.split())}", err=True)
    raise SystemExit(code)


class Refusing(click.Command):
    """Packs that cannot be read, whichever command meets them first, are told as mistakes and not as a crash."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PolicyError as error:
            _refuse("; ".join(map(str, error.problems)), MISTAKES)
        except click.UsageError as error:
            _refuse(f"{error.format_message()} See {(error.ctx or ctx).command_path} --help.")


class RefusingGroup(Refusing, click.Group):
    """The same for every command of the group."""


def _policy(name: str, on: date) -> Policy:
    try:
        return catalog.in_force(name, on)
    except (UnknownName, NotInForce) as error:
        _refuse(str(error))


def _today() -> date:
    return clock.now().date()


@click.group(cls=RefusingGroup)
def policy() -> None:
    """Policy packs: the manuals of the communities, as data."""


@policy.command("list")
@as_json
def list_packs(as_json: bool) -> None:
    """Every pack with its versions."""
    found = [_listed(_policy(name, catalog.versions(name)[-1])) for name in catalog.packs()]
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        about = "for others to extend" if one["base"] else one["zone"]
        click.echo(f"{one['pack']:<14} {one['title']:<28} {about:<24} versions {', '.join(one['versions'])}")


def _listed(found: Policy) -> dict[str, Any]:
    return {
        "pack": found.pack,
        "title": found.title,
        "zone": str(found.zone),
        "base": found.base,
        "versions": [str(day) for day in catalog.versions(found.pack)],
        "values": len(found.values),
        "note": found.note,
    }


@policy.command()
@click.argument("pack")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="As it stands on this day (default: today).")
@as_json
def show(pack: str, on: datetime | None, as_json: bool) -> None:
    """Everything one pack says, with its citations."""
    found = _policy(pack, on.date() if on else _today())
    if as_json:
        values: dict[str, dict[str, Any]] = {}
        for (table, name), value in sorted(found.values.items()):
            values.setdefault(table, {})[name] = {**value.model_dump(mode="json"), "from": found.origins[table, name]}
        click.echo(json.dumps({"pack": found.pack, "version": str(found.version), "title": found.title, **values}))
        return
    click.echo(f"{found.title} ({found.pack}, version {found.version})")
    table_before = ""
    for (table, name), value in sorted(found.values.items()):
        if table != table_before:
            click.echo(f"\n{table}")
            table_before = table
        origin = found.origins[table, name]
        inherited = "" if origin == found.pack else f"  from {origin}"
        click.echo(f"  {name:<32} {value.shown()}  [{', '.join(value.rules)}]{inherited}")


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def check(file: Path, as_json: bool) -> None:
    """Whether a pack file can be used: each mistake with its key, what was found and what was expected."""
    if not file.is_file():
        _refuse(f"{file} is not a file.")
    try:
        found = catalog.read_file(file)
    except PolicyError as error:
        if as_json:
            problems = [
                {"file": p.file, "key": p.key, "found": p.found, "expected": p.expected} for p in error.problems
            ]
            click.echo(json.dumps({"ok": False, "problems": problems}))
        else:
            click.echo("\n".join(map(str, error.problems)))
        raise SystemExit(MISTAKES) from None
    if as_json:
        click.echo(json.dumps({"ok": True, "problems": []}))
    else:
        click.echo(
            f"{file} can be used: {found.header.name}, effective {found.header.effective}, {len(found.values)} values."
        )


@policy.command()
@click.argument("rule_id")
@as_json
def explain(rule_id: str, as_json: bool) -> None:
    """What a rule asks for, where it stands, and its value in each pack."""
    wanted = rule_id.upper()
    try:
        entry = catalog.rule(wanted)
    except UnknownName:
        near = [one for one in catalog.rules if one.split("-")[:2] == wanted.split("-")[:2]]
        _refuse(f'There is no rule "{rule_id}". Ids look like MO-LI-4; hearthdesk rules lists them{_near(near)}.')
    values = _values_of(wanted)
    if as_json:
        told = {"id": entry.id, "area": entry.area, "says": entry.says, "manual": catalog.manuals[entry.source].title}
        click.echo(json.dumps({**told, "source": entry.source, "section": entry.section, "values": values}))
        return
    click.echo(f"{entry.id}: {entry.says}")
    click.echo(f'{catalog.manuals[entry.source].title}, "{entry.section}" ({entry.area})')
    for one in values:
        click.echo(f"  {one['pack']} {one['version']}  {one['table']}.{one['name']}: {one['value']}")


def _near(ids: list[str]) -> str:
    return f" (near it: {', '.join(ids[:6])})" if ids else ""


def _values_of(rule_id: str) -> list[dict[str, str]]:
    found = []
    for name in catalog.packs():
        pack = _policy(name, catalog.versions(name)[-1])
        for (table, value_name), value in sorted(pack.values.items()):
            if rule_id in _cited_in(value):
                told = {"table": table, "name": value_name, "value": value.shown(), "says": value.says}
                found.append({"pack": name, "version": str(pack.version), **told})
    return found


def _cited_in(value: Cited) -> set[str]:
    return {*value.rules, *(line.rule for line in value.lines())}


@policy.command()
@click.option("--pack", required=True, help="The pack, such as missouri.")
@click.option("--clock", "clock_name", required=True, help="The clock, such as departure-notice.")
@click.option("--at", required=True, help="When it starts: 2026-11-20T16:30, local to --tz unless it has an offset.")
@click.option("--tz", help="The agency's time zone (default: the pack's own).")
@click.option(
    "--closure", "closures", multiple=True, metavar="DATE=NAME", help="A day the HMIS Lead is closed; repeatable."
)
@as_json
def due(pack: str, clock_name: str, at: str, tz: str | None, closures: tuple[str, ...], as_json: bool) -> None:
    """When something is due, and why: the last instant still on time, with each day counted or skipped."""
    moment = _moment(at)
    found = _policy(pack, moment.date())
    zone = _zone(tz) if tz is not None else found.zone
    anchor, remark = _anchored(moment, zone)
    found = _policy(pack, anchor.astimezone(zone).date())
    try:
        decision = found.due(_clock(clock_name), anchor, zone, _closures(closures))
    except NotInPack as error:
        _refuse(str(error), NOT_IN_PACK)
    except (OverflowError, ValueError):
        _refuse(f"--at {at} is too far away to count from.")
    _print_due(decision, remark, as_json)


def _clock(name: str) -> str:
    if name not in set(ClockName):
        _refuse(f'There is no clock "{name}". Accepted: {", ".join(ClockName)}.')
    return name


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        _refuse(
            f'--at "{text}" is not a time. Write it like 2026-11-20T16:30, or with an offset: 2026-11-20T16:30-06:00.'
        )


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        _refuse(f'There is no time zone "{name}". Write a name such as America/Chicago.')
    return ZoneInfo(name)


def _anchored(moment: datetime, zone: ZoneInfo) -> tuple[datetime, str]:
    """The instant meant, and a remark where the wall clock alone does not say which."""
    try:
        if moment.tzinfo is not None:
            return moment.astimezone(zone), ""
        at = instant(moment, zone)
        reading = wall_clock(moment, zone)
    except OverflowError:
        _refuse(f"--at {moment.isoformat()} is too far away to count from.")
    if reading is WallClock.TWICE:
        return at, f"{moment:%H:%M} occurs twice that night; the first is taken. An offset in --at chooses."
    if reading is WallClock.NEVER:
        return at, f"{moment:%H:%M} does not occur that night, when clocks go forward; {at:%H:%M} is meant."
    return at, ""


def _closures(given: tuple[str, ...]) -> dict[date, str]:
    found = {}
    for text in given:
        day, _, name = text.partition("=")
        try:
            found[date.fromisoformat(day)] = " ".join(_printable(name).split()) or "closed"
        except ValueError:
            _refuse(f'--closure "{text}" is not a day. Write it like 2026-12-24=Office closed.')
    return found


def _printable(text: str) -> str:
    """The text with what no terminal can show (bytes that are not UTF-8) replaced."""
    return text.encode("utf-8", "replace").decode()


def _print_due(decision: Decision, remark: str, as_json: bool) -> None:
    told = decision.as_json()
    remarks = [remark] if remark else []
    if as_json:
        because = [*remarks, *told["because"]]
        click.echo(json.dumps({**{key: told[key] for key in ANSWERED_BY_DUE}, "because": because}))
        return
    click.echo(f"Due {day_and_clock(decision.due, year=True, zone=True)}")
    click.echo(f"  {decision.says}")
    for line in (*remarks, *decision.told):
        click.echo(f"  {line}")
    click.echo(f"  {decision.citation}  {decision.rule}  pack {decision.pack} {decision.version}")


@click.command(cls=Refusing)
@click.option("--area", type=click.Choice(["helpdesk", "training", "licensing", "compliance"]), help="One area only.")
@click.option("--tests", is_flag=True, help="Add the tests that prove each rule.")
@as_json
def rules(area: str | None, tests: bool, as_json: bool) -> None:
    """Every obligation of the manuals: its value in each pack, the code that decides, the tests that prove it."""
    entries = [entry for entry in ledger(with_tests=tests) if area in (None, entry.area)]
    if as_json:
        click.echo(json.dumps([entry.as_json(tests) for entry in entries]))
        return
    for entry in entries:
        click.echo(_shown(entry, tests))
    proved = f", {sum(bool(e.tests) for e in entries)} proved" if tests else ""
    decided = sum(bool(e.code) for e in entries)
    click.echo(f"\n{len(entries)} rules: {sum(bool(e.values) for e in entries)} in a pack, {decided} decided{proved}.")


def _shown(entry: Entry, tests: bool) -> str:
    lines = [f"{entry.id}  {entry.says}"]
    lines += [f"    {pack}: {value}" for pack, value in entry.values]
    lines.append(f"    decides: {', '.join(entry.code) or 'not yet'}")
    if tests:
        lines.append(f"    proved by: {', '.join(entry.tests) or 'not yet'}")
    return "\n".join(lines)


commands = [policy, rules]
