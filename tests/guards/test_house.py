"""Rules of the house that a reader of one file cannot see: who commits, what is pure, what is used by nobody."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from core.authz import unguarded_views
from core.deadlines.kinds import kind_named, known_kinds
from core.queues import JOBS, Queue
from core.running import pool

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "core", "demo", "helpdesk", "licensing", "training")
COMMITS = ("core/db.py", "core/running/")
IMPURE = ("flask", "sqlalchemy", "core.clock", "core.db", "redis", "rq", "requests", "socket")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_only_the_unit_of_work_commits():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if not name.startswith(COMMITS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not found


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_rules_are_pure():
    """They get facts and a policy and return a decision; no clock, no database, no request."""
    seen = 0
    for name, tree in modules():
        if name.endswith("/rules.py"):
            seen += 1
            assert not [i for i in imported(tree) if i.split(".")[0] in IMPURE or i in IMPURE], name
    assert seen >= 4


def test_every_queue_has_a_worker_and_a_job():
    """A queue nobody drains holds wake-ups that nobody hears."""
    assert "for queue in queues.Queue" in inspect.getsource(pool), "the pool starts one worker for each"
    assert set(JOBS) == set(Queue)
    for job in JOBS.values():
        module, _, name = job.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_no_view_without_permissions(app: Flask):
    assert unguarded_views(app) == []


def named_in_code() -> set[str]:
    """Every string of the code, and of a text with blanks in it the pattern it makes."""
    found: set[str] = set()
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                found.add(
                    "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in node.values)
                )
    return found


def test_every_template_is_used(app: Flask):
    """By a view, or by another template that is."""
    templates = ROOT / "templates"
    files = {p.relative_to(templates).as_posix(): p for p in templates.rglob("*") if p.is_file()}
    code = [re.compile(pattern) for pattern in named_in_code() if 4 < len(pattern) < 200 and pattern != ".+"]
    within = "\n".join(path.read_text(encoding="utf-8") for path in files.values())

    def is_used(name: str) -> bool:
        if f'"{name}"' in within or f"'{name}'" in within:
            return True
        mail = re.fullmatch(r"email/([^/]+)/(subject.txt|body.txt|body.html)", name)
        return any(p.fullmatch(mail.group(1) if mail else name) for p in code)

    assert [name for name in sorted(files) if not is_used(name)] == []


@pytest.mark.parametrize("name", ["subject.txt", "body.txt", "body.html"])
def test_every_mail_is_whole(name: str):
    folders = [p for p in (ROOT / "templates" / "email").iterdir() if p.is_dir()]
    assert len(folders) > 10
    assert [folder.name for folder in folders if not (folder / name).is_file()] == []


def test_every_kind_of_deadline_leads_somewhere(app: Flask):
    """Its link is an address that some view answers."""
    row = SimpleNamespace(id=1, subject_id=1, subject_type="", agency_id=1, person_id=1)
    router = app.url_map.bind("localhost")
    kinds = [kind for kind in map(kind_named, known_kinds()) if kind and not kind.name.startswith("test")]
    assert kinds
    for kind in kinds:
        assert kind.link, f"{kind.name} names no page"
        assert router.match(kind.link(row).partition("#")[0])  # type: ignore[arg-type]
