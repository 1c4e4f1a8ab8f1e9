"""A run can be killed at any of its steps, and nothing that was acknowledged is lost."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.with_name("kill_points.py")
MEMORY = Path("/dev/shm")  # noqa: S108  a kill loses nothing that was written, on no kind of disk


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is such a thing: some hundred runs write to it."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def test_a_run_killed_at_any_step_can_be_gone_on_with(place: Path) -> None:
    """Killed before every turn of its loop and every call to the disk, one child after another."""
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), str(place)], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    deaths = int(ran.stdout.split()[0])
    assert deaths >= 200
