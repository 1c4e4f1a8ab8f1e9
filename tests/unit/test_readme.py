"""What the README and the page about the manifest show works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from samples import many

ROOT = Path(__file__).parent.parent.parent
PAGES = ("README.md", "docs/manifest.md")
BLOCKS = [
    block
    for page in PAGES
    for block in re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
]


def test_the_pages_have_examples() -> None:
    """Else the next test would prove nothing."""
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_python_runs(block: str, tmp_path: Path) -> None:
    """In a folder with some invoices, as a reader would try it."""
    (tmp_path / "invoices").mkdir()
    for sample in many(3):
        (tmp_path / "invoices" / sample.name).write_bytes(sample.data)

    ran = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert "done" in ran.stdout or "Status" in ran.stdout
