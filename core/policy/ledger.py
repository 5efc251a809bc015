"""Every rule beside what is made of it: its values in the packs, the code that decides, the tests that prove it.

Code names the rules it decides in its docstring; a test is marked `@pytest.mark.rule("MO-LI-4")`. Both are read from
the source as text, so that nothing has to be imported.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.policy.packs import catalog

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "helpdesk", "training", "licensing", "api")
RULE_ID = re.compile(r"\b[A-Z]{2,3}-[A-Z]{2}-\d+\b")
NOT_DECIDING = ("core/policy/",)


@dataclass(frozen=True)
class Entry:
    """A rule; `values` are (pack, value in words), `code` and `tests` places in the source."""

    id: str
    area: str
    says: str
    values: tuple[tuple[str, str], ...]
    code: tuple[str, ...]
    tests: tuple[str, ...] = ()

    def as_json(self, with_tests: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"id": self.id, "area": self.area, "says": self.says, "code": list(self.code)}
        told["values"] = [{"pack": pack, "value": value} for pack, value in self.values]
        return told | {"tests": list(self.tests)} if with_tests else told


def ledger(*, with_tests: bool = False) -> list[Entry]:
    """Every rule of the catalogue, in its order."""
    values, code = _values(), _index(_deciding())
    tests = _index(_proving()) if with_tests else {}
    return [
        Entry(
            rule.id,
            rule.area,
            rule.says,
            tuple(values.get(rule.id, ())),
            tuple(code.get(rule.id, ())),
            tuple(tests.get(rule.id, ())),
        )
        for rule in catalog.rules.values()
    ]


def _values() -> dict[str, list[tuple[str, str]]]:
    """By rule: what each pack itself says, not what it inherits."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in catalog.packs():
        pack = catalog.version(name, catalog.versions(name)[-1])
        for key, value in sorted(pack.values.items()):
            if pack.origins[key] != name:
                continue
            for rule in dict.fromkeys([*value.rules, *(line.rule for line in value.lines())]):
                found[rule].append((name, f"{key[1]}: {value.shown()}"))
    return found


def _index(places: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for rule, place in places:
        if place not in found[rule]:
            found[rule].append(place)
    return found


def _deciding() -> Iterator[tuple[str, str]]:
    """(Rule, place) for each rule that a function or class names in its docstring."""
    for path in _sources(*PACKAGES):
        shown = path.relative_to(ROOT).as_posix()
        if shown.startswith(NOT_DECIDING):
            continue
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for rule in RULE_ID.findall(ast.get_docstring(node) or ""):
                    yield rule, f"{shown}:{node.name}"


def _proving() -> Iterator[tuple[str, str]]:
    """(Rule, place) for each test that is marked with the rule."""
    for path in _sources("tests"):
        shown = path.relative_to(ROOT).as_posix()
        tree = _tree(path)
        tables = {
            name.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for name in node.targets
            if isinstance(name, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    for rule in _marked(decorator, tables):
                        yield rule, f"{shown}::{node.name}"


def _marked(node: ast.AST, tables: Mapping[str, ast.AST]) -> Iterator[str]:
    """The ids in a `pytest.mark.rule(...)`, also inside a `pytest.param` or in a module's table that is named there."""
    for call in ast.walk(node):
        if isinstance(call, ast.Name) and call.id in tables:
            yield from _marked(tables[call.id], {})
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.rule"):
            yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
