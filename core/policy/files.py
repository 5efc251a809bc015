"""Reading one pack, calendar or catalogue file: TOML in, typed values out, each mistake with its place and cure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.policy.errors import PolicyError, Problem
from core.policy.values import (
    CODE,
    SPAN_EXPECTED,
    AccessLevels,
    Cited,
    Clock,
    Cycle,
    Duty,
    Gate,
    ItemList,
    Ladder,
    Limit,
    OpenHours,
    PasswordRules,
    Switch,
)
from core.policy.vocabulary import (
    LIMIT_UNITS,
    ClockName,
    CycleName,
    DutyName,
    GateName,
    HoursName,
    LadderName,
    LevelsName,
    LimitName,
    ListName,
    PasswordName,
    SwitchName,
)

Model = TypeVar("Model", bound=BaseModel)

# Each table of a pack file: what its names are, and what its values are.
TABLES: dict[str, tuple[type[StrEnum], type[Cited]]] = {
    "clocks": (ClockName, Clock),
    "limits": (LimitName, Limit),
    "lists": (ListName, ItemList),
    "gates": (GateName, Gate),
    "ladders": (LadderName, Ladder),
    "switches": (SwitchName, Switch),
    "cycles": (CycleName, Cycle),
    "duties": (DutyName, Duty),
    "hours": (HoursName, OpenHours),
    "passwords": (PasswordName, PasswordRules),
    "levels": (LevelsName, AccessLevels),
}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Header(_File):
    """A pack's own facts. `base` marks one that others extend and that no community uses by itself."""

    name: Annotated[str, Field(pattern=CODE)]
    title: Annotated[str, Field(min_length=2)]
    effective: date
    extends: str | None = None
    base: bool
    zone: str
    day_ends: time
    calendar: str
    note: str | None = None

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError("expected a time zone name such as America/Chicago")
        return zone

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class PackFile(BaseModel):
    """One version of one pack as written: only what this file itself says."""

    model_config = ConfigDict(frozen=True)

    path: str
    header: Header
    values: dict[tuple[str, str], Cited]


class NamedDay(_File):
    date: date
    name: Annotated[str, Field(min_length=2)]


class CalendarFile(_File):
    """The days off a pack counts by: the federal holidays or not, and named days of its own."""

    name: Annotated[str, Field(pattern=CODE)]
    says: str
    federal: bool
    closed: list[NamedDay] = []


class RuleEntry(_File):
    """A rule of the catalogue: where it stands, and what it says in our words."""

    id: Annotated[str, Field(pattern=r"^[A-Z]+-[A-Z]{2}-\d+$")]
    source: str
    section: str
    area: Annotated[str, Field(pattern="^(helpdesk|training|licensing|compliance)$")]
    says: str


class RulesFile(_File):
    rule: list[RuleEntry]


class Manual(_File):
    """A source document: `source` is its number in the catalogue."""

    source: str
    title: str
    publisher: str
    dated: str


class ManualsFile(_File):
    manual: list[Manual]


def read(path: Path, shown: str, model: type[Model]) -> Model:
    """A file as its model. Raises PolicyError with every problem in it."""
    return validate(model, _toml(path, shown), shown, "")


def read_pack(path: Path, shown: str, rules: dict[str, RuleEntry]) -> PackFile:
    """A pack file with every value typed and every citation checked against the catalogue of rules.

    Raises PolicyError with every problem in the file.
    """
    data = _toml(path, shown)
    problems: list[Problem] = []
    header = _collect(problems, lambda: validate(Header, data.get("pack", {}), shown, "pack"))
    problems += _unknown_tables(data, shown)
    values: dict[tuple[str, str], Cited] = {}
    for table, (names, model) in TABLES.items():
        for name, given in _entries(data, table, shown, problems):
            if name not in set(names):
                problems.append(Problem(shown, f"{table}.{name}", "an unknown name", f"one of {', '.join(names)}"))
                continue
            key = f"{table}.{name}"
            value = _collect(problems, lambda given=given, key=key, model=model: validate(model, given, shown, key))
            if value is not None:
                problems += [*_citations(value, rules, shown, key), *_unit(table, name, value, shown, key)]
                values[table, name] = value
    if problems or header is None:
        raise PolicyError(problems)
    return PackFile(path=shown, header=header, values=values)


def validate(model: type[Model], data: Any, file: str, prefix: str) -> Model:
    """Data as a model. Raises PolicyError, a problem for each thing pydantic found wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise PolicyError(_problems(error, model, file, prefix)) from error


def _toml(path: Path, shown: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([Problem(shown, "", f"a TOML mistake ({error})", "a readable TOML file")]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([Problem(shown, "", f"a file that cannot be read ({error})", "a UTF-8 text file")]) from error


def _collect(problems: list[Problem], make: Any) -> Any:
    """What `make` returns, or None with its problems added to the list."""
    try:
        return make()
    except PolicyError as error:
        problems += error.problems
        return None


def _unknown_tables(data: dict[str, Any], shown: str) -> Iterator[Problem]:
    for table in data:
        if table not in TABLES and table != "pack":
            yield Problem(shown, table, "an unknown table", f"one of pack, {', '.join(TABLES)}")


def _entries(data: dict[str, Any], table: str, shown: str, problems: list[Problem]) -> Iterable[tuple[str, Any]]:
    given = data.get(table, {})
    if isinstance(given, dict):
        return given.items()
    problems.append(Problem(shown, table, _describe(given), f"tables such as [{table}.name]"))
    return ()


def _citations(value: Cited, rules: dict[str, RuleEntry], shown: str, key: str) -> Iterator[Problem]:
    cited = [("rule", value.rule), *(("also", rule) for rule in value.also)]
    cited += [(f"{number}.rule", line.rule) for number, line in enumerate(value.lines(), 1)]
    for where, rule in cited:
        if rule not in rules:
            yield Problem(shown, f"{key}.{where}", f'"{rule}"', "a rule id that policies/rules.toml has")
    entry = rules.get(value.rule)
    if entry and entry.source != value.source:
        yield Problem(shown, f"{key}.source", f'"{value.source}"', f'"{entry.source}", the manual of {value.rule}')


def _unit(table: str, name: str, value: Cited, shown: str, key: str) -> Iterator[Problem]:
    if isinstance(value, Limit) and table == "limits" and value.unit is not LIMIT_UNITS[LimitName(name)]:
        yield Problem(shown, f"{key}.unit", f'"{value.unit}"', f'"{LIMIT_UNITS[LimitName(name)]}"')


def _problems(error: ValidationError, model: type[BaseModel], file: str, prefix: str) -> Iterator[Problem]:
    for detail in error.errors():
        path = [str(part) for part in detail["loc"]]
        key = ".".join(part for part in (prefix, *path) if part and part != "[key]")
        kind, message = detail["type"], re.sub(r"^Value error, ", "", detail["msg"])
        match kind:
            case "missing":
                yield Problem(file, key, "nothing", "a value: it is required")
            case "extra_forbidden":
                yield Problem(file, key, "an unknown key", f"only {', '.join(model.model_fields)}")
            case "value_error":
                yield Problem(file, key, _describe(detail["input"]), _expectation(message))
            case _:
                yield Problem(file, key, _describe(detail["input"]), _plain(message))


def _expectation(message: str) -> str:
    return message.removeprefix("expected ") if message.startswith("expected ") else message or SPAN_EXPECTED


def _plain(message: str) -> str:
    return message.removeprefix("Input should be ").removeprefix("String should ").strip()


def _describe(given: Any) -> str:
    if isinstance(given, dict):
        inner = ", ".join(f"{name} = {_describe(value)}" for name, value in list(given.items())[:4])
        return f"{{ {inner} }}" if inner else "an empty table"
    if isinstance(given, str):
        return f'"{given}"'
    return str(given)
