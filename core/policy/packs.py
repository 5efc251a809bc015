"""All the packs there are, each as it stood on any day. Reads files once; safe to use from many threads.

A version is a date. A pack's versions are the days on which its own file or one of those it extends changed, so that
`version(name, day)` is the same for ever, whatever comes later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Protocol
from zoneinfo import ZoneInfo

from core.policy.engine import Policy
from core.policy.errors import NotInForce, PolicyError, Problem, UnknownName
from core.policy.files import CalendarFile, Manual, ManualsFile, PackFile, RuleEntry, RulesFile, read, read_pack
from core.policy.values import Clock
from core.workcalendar import BusinessHours, ClosedDays, Closure

BUILT_IN = Path(__file__).resolve().parents[2] / "policies"
# What a community cannot do without: how a departure is told, who may have a license, who answers for help.
REQUIRED = (("clocks", "departure-notice"), ("gates", "license"), ("ladders", "support-tiers"))


class Catalog:
    """The packs in a list of folders; a later folder may add packs and calendars, and may not replace any."""

    def __init__(self, folders: Sequence[Path] = (BUILT_IN,)) -> None:
        self.folders = tuple(folders)
        self._lock = RLock()
        self._policies: dict[tuple[str, date], Policy] = {}

    def packs(self) -> tuple[str, ...]:
        """Names of all packs, in alphabetical order."""
        return tuple(sorted(self._paths))

    def versions(self, name: str) -> tuple[date, ...]:
        """The days on which the pack, what it extends included, began to say something else."""
        own = self._own_dates(name)
        dates = {day for link in self._chain(name) for day in self._own_dates(link)}
        return tuple(sorted(day for day in dates if day >= own[0]))

    def in_force(self, name: str, on: date) -> Policy:
        """The pack as it stands on a day. Raises UnknownName, NotInForce before its first version, PolicyError."""
        past = [day for day in self.versions(name) if day <= on]
        if not past:
            first = self.versions(name)[0]
            raise NotInForce(f"The {name} pack is not in force on {on}: its first version is of {first}.")
        return self.version(name, past[-1])

    def version(self, name: str, version: date) -> Policy:
        """Exactly that version, for what was decided under it. Raises UnknownName when there is none."""
        versions = self.versions(name)
        if version not in versions:
            raise UnknownName(f"version of {name}", str(version), map(str, versions))
        with self._lock:
            if (name, version) not in self._policies:
                self._policies[name, version] = self._build(name, version)
            return self._policies[name, version]

    def load_all(self) -> tuple[Policy, ...]:
        """Every version of every pack. Raises PolicyError with the problems of all of them."""
        problems: list[Problem] = []
        policies: list[Policy] = []
        for name in self.packs():
            try:
                policies += [self.version(name, version) for version in self.versions(name)]
            except PolicyError as error:
                problems += error.problems
        if problems:
            raise PolicyError(dict.fromkeys(problems))
        return tuple(policies)

    @cached_property
    def rules(self) -> dict[str, RuleEntry]:
        """The catalogue of rules, by id, in its own order."""
        path = self.folders[0] / "rules.toml"
        return {entry.id: entry for entry in read(path, "policies/rules.toml", RulesFile).rule}

    @cached_property
    def manuals(self) -> dict[str, Manual]:
        """The source documents, by number."""
        path = self.folders[0] / "manuals.toml"
        return {manual.source: manual for manual in read(path, "policies/manuals.toml", ManualsFile).manual}

    def rule(self, rule: str) -> RuleEntry:
        """A rule of the catalogue. Raises UnknownName."""
        if rule not in self.rules:
            raise UnknownName("rule", rule, self.rules)
        return self.rules[rule]

    def read_file(self, path: Path) -> PackFile:
        """One pack file, wherever it is, checked by itself. Raises PolicyError."""
        return read_pack(path, str(path), self.rules)

    @cached_property
    def _paths(self) -> dict[str, dict[date, Path]]:
        found: dict[str, dict[date, Path]] = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*/*.toml")):
                if path.parent.name != "calendars":
                    dates = found.setdefault(path.parent.name, {})
                    _not_replacing(path, next(iter(dates.values()), None))
                    dates[_file_date(path)] = path
        return found

    @cached_property
    def _calendars(self) -> dict[str, CalendarFile]:
        found: dict[str, Path] = {}
        for path in (path for folder in self.folders for path in sorted(folder.glob("calendars/*.toml"))):
            _not_replacing(path, found.get(path.stem))
            found[path.stem] = path
        return {name: read(path, _shown(path), CalendarFile) for name, path in found.items()}

    @cached_property
    def _files(self) -> dict[tuple[str, date], PackFile]:
        return {}

    def _own_dates(self, name: str) -> list[date]:
        if name not in self._paths:
            raise UnknownName("pack", name, self.packs())
        return sorted(self._paths[name])

    def _file(self, name: str, on: date) -> PackFile:
        """The pack's own file in force on a day (its first one before that)."""
        dates = self._own_dates(name)
        day = max((own for own in dates if own <= on), default=dates[0])
        with self._lock:
            if (name, day) not in self._files:
                self._files[name, day] = self._read(name, day)
            return self._files[name, day]

    def _read(self, name: str, day: date) -> PackFile:
        path = self._paths[name][day]
        file = read_pack(path, _shown(path), self.rules)
        problems = list(_misplaced(file, name, day, self._paths, self._calendars))
        if problems:
            raise PolicyError(problems)
        return file

    def _chain(self, name: str, on: date | None = None) -> list[str]:
        """The pack and what it extends, nearest first. Raises PolicyError for a circle."""
        chain = [name]
        while (parent := self._file(chain[-1], on or date.max).header.extends) is not None:
            if parent in chain:
                file = self._file(chain[-1], on or date.max).path
                circle = " -> ".join([*chain, parent])
                raise PolicyError([Problem(file, "pack.extends", f'"{parent}"', f"no circle ({circle})")])
            chain.append(parent)
        return chain

    def _build(self, name: str, version: date) -> Policy:
        files = [self._file(link, version) for link in self._chain(name, version)]
        header = files[0].header
        values = {key: value for file in reversed(files) for key, value in file.values.items()}
        origins = {key: file.header.name for file in reversed(files) for key in file.values}
        problems = [*_missing(files[0], values), *_uncountable(files[0], values)]
        if problems:
            raise PolicyError(problems)
        calendar = self._calendars[header.calendar]
        closures = tuple(Closure(day.date, day.name) for day in calendar.closed)
        return Policy(
            pack=name,
            title=header.title,
            version=version,
            zone=ZoneInfo(header.zone),
            day_ends=header.day_ends,
            closed=ClosedDays(calendar.federal, closures),
            values=values,
            origins=origins,
            manuals={source: manual.title for source, manual in self.manuals.items()},
            base=header.base,
            note=header.note,
        )


class HasPack(Protocol):
    """Anything that names its pack; a CoC does."""

    @property
    def pack(self) -> str: ...


def policy_for(coc: HasPack, on: date) -> Policy:
    """The policy a community lives under on a day."""
    return catalog.in_force(coc.pack, on)


def _misplaced(
    file: PackFile, name: str, day: date, paths: dict[str, dict[date, Path]], calendars: dict[str, CalendarFile]
) -> Iterator[Problem]:
    header = file.header
    if header.name != name:
        yield Problem(file.path, "pack.name", f'"{header.name}"', f'"{name}", the name of its folder')
    if header.effective != day:
        yield Problem(file.path, "pack.effective", str(header.effective), f"{day}, the name of the file")
    if header.extends is not None and header.extends not in paths:
        yield Problem(file.path, "pack.extends", f'"{header.extends}"', f"one of {', '.join(sorted(paths))}")
    if header.calendar not in calendars:
        yield Problem(file.path, "pack.calendar", f'"{header.calendar}"', f"one of {', '.join(sorted(calendars))}")


def _missing(file: PackFile, values: Mapping[tuple[str, str], object]) -> Iterator[Problem]:
    for key in REQUIRED:
        if not file.header.base and key not in values:
            yield Problem(file.path, ".".join(key), "nothing", "a value: no community can do without it")


def _uncountable(file: PackFile, values: Mapping[tuple[str, str], object]) -> Iterator[Problem]:
    hours = any(table == "hours" for table, _ in values)
    for (table, name), value in values.items():
        if isinstance(value, Clock) and isinstance(value.span, BusinessHours) and (value.before or not hours):
            expected = "another unit: business hours are counted forward, in a pack that has help desk hours"
            yield Problem(file.path, f"{table}.{name}", f"{value.span}", expected)


def _not_replacing(path: Path, held: Path | None) -> None:
    """Refuses a file that would replace, or rewrite the history of, what another folder already holds."""
    if held is not None and held.parents[1] != path.parents[1]:
        raise PolicyError([Problem(_shown(path), "", "a name that is taken", f"another name than {_shown(held)} has")])


def _file_date(path: Path) -> date:
    with suppress(ValueError):
        # The one spelling of the day: 20261001 and 2026-W40-4 would be second files of the same version.
        if str(day := date.fromisoformat(path.stem)) == path.stem:
            return day
    expected = "a file named by the day it takes effect, such as 2026-10-01.toml"
    raise PolicyError([Problem(_shown(path), "", f'"{path.name}"', expected)])


def _shown(path: Path) -> str:
    return f"policies/{path.parent.name}/{path.name}" if path.is_relative_to(BUILT_IN) else str(path)


def _folders() -> tuple[Path, ...]:
    """The built-in packs, and those of the folders in HEARTHDESK_POLICIES."""
    added = os.environ.get("HEARTHDESK_POLICIES", "")
    return (BUILT_IN, *(Path(folder) for folder in added.split(os.pathsep) if folder))


catalog = Catalog(_folders())
