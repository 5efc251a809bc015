"""The vendored front-end files against their SHA-256 manifest: `python -m core.ui.manifest [--write]`."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
NAME = "MANIFEST.sha256"


def digests(folder: Path) -> dict[str, str]:
    """Hash by path relative to the folder, without the manifest itself."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read(folder: Path) -> dict[str, str]:
    """In the format of sha256sum, so that `sha256sum -c` checks it too."""
    lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def write(folder: Path) -> None:
    lines = [f"{digest}  {path}\n" for path, digest in digests(folder).items()]
    (folder / NAME).write_text("".join(lines), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    """One line for each file that is missing, changed or not in the manifest."""
    wanted, found = read(folder), digests(folder)
    return [
        *(f"missing: {path}" for path in wanted.keys() - found.keys()),
        *(f"not in the manifest: {path}" for path in found.keys() - wanted.keys()),
        *(f"changed: {path}" for path in wanted.keys() & found.keys() if wanted[path] != found[path]),
    ]


def main(arguments: list[str], folder: Path = VENDOR) -> int:
    if "--write" in arguments:
        write(folder)
        return 0
    found = sorted(problems(folder))
    for line in found:
        sys.stderr.write(f"static/vendor: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
