from __future__ import annotations

from pathlib import Path

import pytest

from core.ui import manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.js").write_text("a")
    (tmp_path / "b.css").write_text("b")
    manifest.write(tmp_path)
    return tmp_path


def test_the_vendored_files_are_those_of_the_manifest() -> None:
    assert manifest.main([]) == 0


def test_each_library_brings_its_license() -> None:
    for library in (path for path in manifest.VENDOR.iterdir() if path.is_dir()):
        assert list(library.glob("LICENSE*")), library.name


def test_what_was_written_checks(folder: Path) -> None:
    assert manifest.problems(folder) == []
    assert manifest.main([], folder) == 0


def test_each_kind_of_difference_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "lib" / "a.js").write_text("changed")
    (folder / "b.css").unlink()
    (folder / "c.js").write_text("new")
    assert manifest.main([], folder) == 1
    assert capsys.readouterr().err.splitlines() == [
        "static/vendor: changed: lib/a.js",
        "static/vendor: missing: b.css",
        "static/vendor: not in the manifest: c.js",
    ]
    assert manifest.main(["--write"], folder) == 0
    assert manifest.main([], folder) == 0
