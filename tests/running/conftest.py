"""A data folder that the servers' account can reach also when the tests run as root."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hearthdesk-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """Nobody can write there; root ignores permission bits, so for it a place of the kernel's."""
    if os.geteuid() == 0:
        return Path("/proc/hearthdesk")
    tmp_path.chmod(0o555)
    return tmp_path
