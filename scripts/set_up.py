"""Makes .venv from the hashed lock and installs the project into it; does nothing when nothing changed.

    python3 scripts/set_up.py run|dev

Standard library only: on a fresh machine there is nothing else. What needs an administrator (a browser for the tests,
the text layout library for PDF) is installed when we are one, and otherwise said in one line.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
OLDEST = (3, 11)
PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def main(kind: str) -> None:
    if sys.version_info < OLDEST:
        sys.exit(f"Hearthdesk needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.12 ...")
    stamps = {name: VENV / f".installed-{name}" for name in LOCKS}
    wanted = {name: _fingerprint(lock) for name, lock in LOCKS.items()}
    if not any(_reads(stamps[name]) == wanted[name] for name in {kind, "dev"}):
        _make_venv()
        _install(LOCKS[kind])
        stamps[kind].write_text(wanted[kind])
    _compile()
    _system_packages(kind)


def _fingerprint(lock: str) -> str:
    """Of all that decides what is in the environment: its place, this Python, the lock and the project's own data."""
    parts = [str(ROOT).encode(), sys.version.encode()]
    parts += [(ROOT / name).read_bytes() for name in (lock, "pyproject.toml")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _reads(stamp: Path) -> str:
    return stamp.read_text() if stamp.exists() else ""


def _make_venv() -> None:
    if _belongs_here():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if find_spec("ensurepip") is None:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not _apt(version) and find_spec("pip") is None:
            sys.exit(f"Python's venv module is not complete; install it: sudo apt-get install {version}")
    complete = subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False)
    _run(sys.executable, "-m", "venv", *(["--without-pip"] if complete.returncode else []), VENV)


def _belongs_here() -> bool:
    """A copied or moved environment starts programs of the place it came from."""
    settings = VENV / "pyvenv.cfg"
    if not PYTHON.exists() or not settings.exists():
        return False
    told = dict(line.split(" = ", 1) for line in settings.read_text().splitlines() if " = " in line)
    return told.get("command", str(VENV)).split()[-1] == str(VENV) and told["version"] == sys.version.split()[0]


def _install(lock: str) -> None:
    own = (VENV / "bin" / "pip").exists()
    pip = [PYTHON, "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", PYTHON]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore"]
    print(f"Installing what {lock} lists into .venv ...", flush=True)
    # The lock is whole. Left to resolve, pip takes a newer release for a package that another one names with an extra.
    _run(*pip, "install", *quiet, "--require-hashes", "--no-deps", "-r", ROOT / lock)
    _run(*pip, "install", *quiet, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def _compile() -> None:
    """What changed since the last time. Each of the service's processes reads all of it, and those that run under an
    account of their own may not write here, so that each start of each of them would compile it again."""
    houses = [path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*.py"))]
    tops = [path.name for path in ROOT.glob("*.py")]
    command = [PYTHON, "-m", "compileall", "-q", "-j", "0", *sorted(houses), *sorted(tops)]
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True)


def _system_packages(kind: str) -> None:
    if ctypes.util.find_library("pangoft2-1.0") is None and not _apt(*PANGO):
        print(f"PDF files need the pango libraries: sudo apt-get install {' '.join(PANGO)}", file=sys.stderr)
    browsers = ("chromium", "chromium-browser", "google-chrome")
    if kind == "dev" and not any(map(shutil.which, browsers)) and not _apt("chromium"):
        print("The browser tests need Chromium: sudo apt-get install chromium", file=sys.stderr)


def _apt(*packages: str) -> bool:
    """True when Debian's installer could be used and succeeded."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    print(f"Installing {' '.join(packages)} ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    steps = (["apt-get", "update", "-qq"], install)
    done = (subprocess.run(step, env=environment, capture_output=True, check=False) for step in steps)
    return all(step.returncode == 0 for step in done)


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], check=False)
    if done.returncode:
        sys.exit(f"Set-up stopped: {' '.join(map(str, command[:4]))} ... failed; its reason is above.")


if __name__ == "__main__":
    main(sys.argv[1])
