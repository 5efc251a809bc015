"""Every page uses macros that exist, with arguments they take, and the catalogue names them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes
from jinja2.runtime import Macro

from tests.ui.gallery import ROOT, make_app

TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
PAGES = [path for path in TEMPLATES if 'import "ui.html" as ui' in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def environment() -> Environment:
    return make_app().jinja_env


@pytest.fixture(scope="module")
def macros(environment: Environment) -> dict[str, Macro]:
    exported = vars(environment.get_template("ui.html").module)
    return {name: value for name, value in exported.items() if isinstance(value, Macro)}


def test_the_catalogue_names_every_macro(macros: dict[str, Macro]) -> None:
    catalogue = (ROOT / "docs" / "ui.md").read_text(encoding="utf-8")
    assert [name for name in macros if f"`{name}(" not in catalogue] == []


def test_the_catalogue_names_every_filter_and_global(gallery: Flask) -> None:
    from core.ui.filters import FILTERS

    catalogue = (ROOT / "docs" / "ui.md").read_text(encoding="utf-8")
    assert [f.__name__ for f in FILTERS if f.__name__ not in catalogue] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_template_can_be_read(environment: Environment, path: Path) -> None:
    environment.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_macros_are_called_as_they_are_made(environment: Environment, macros: dict[str, Macro], path: Path) -> None:
    tree = environment.parse(path.read_text(encoding="utf-8"))
    assert [problem for call in tree.find_all(nodes.Call) for problem in _problems(call, macros)] == []


def _problems(call: nodes.Call, macros: dict[str, Macro]) -> Iterator[str]:
    if not (
        isinstance(call.node, nodes.Getattr) and isinstance(call.node.node, nodes.Name) and call.node.node.name == "ui"
    ):
        return
    name, macro = call.node.attr, macros.get(call.node.attr)
    if macro is None:
        yield f"line {call.lineno}: ui.{name} does not exist"
        return
    if len(call.args) > len(macro.arguments):
        yield f"line {call.lineno}: ui.{name} takes {len(macro.arguments)} arguments"
    known = [*macro.arguments, "caller"]
    unknown = [given.key for given in call.kwargs if given.key not in known]
    if unknown and not macro.catch_kwargs:
        yield f"line {call.lineno}: ui.{name} does not take {', '.join(unknown)}"
