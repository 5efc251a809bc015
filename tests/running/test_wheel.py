"""What `pip install .` installs works outside of a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import app

CHECKOUT = Path(__file__).resolve().parents[2]
LOOK = """
from pathlib import Path
import app, models
from config import Config
made = app.create_app(Config(mode="test", secret_key="-", data_dir=Path("."), database_url="postgresql+psycopg://"))
made.jinja_env.get_template("layout/page.html")
house = Path(app.__file__).parent
for part in ("migrations/env.py", "policies/hud-baseline", "static/vendor/MANIFEST.sha256"):
    assert (house / part).exists(), part
print(house)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel in it; what we depend on comes from this one, to spare the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(str(Path(pytest.__file__).resolve().parents[1]))
    return folder / "venv" / "bin"


def run(installed: Path, program: str, *arguments: str) -> str:
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [installed / program, *arguments], cwd=installed, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_parts_are_found_beside_the_code(installed: Path) -> None:
    house = run(installed, "python", "-c", LOOK).strip()
    assert house.startswith(str(installed.parent))
    assert house != str(Path(app.__file__).parent)


def test_the_command_runs_the_migrations_and_the_packs(installed: Path) -> None:
    assert "0.1.0" in run(installed, "hearthdesk", "--version")
    run(installed, "hearthdesk", "db", "check")
