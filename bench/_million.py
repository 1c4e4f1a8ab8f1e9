"""Rows about a manifest of a million records, each step in a fresh process of its own."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from _figures import AT_MOST, Figure, Measured

CHILD = Path(__file__).with_name("_million_child.py")
ONE_OBJECT = "one JSON object"
"""What both usual ways do: all records in it, read and written whole."""


async def a_million_records(*, quick: bool) -> list[Figure]:
    """Bytes written per update; time and memory to open it."""
    records, repeats = (2_000, 1) if quick else (1_000_000, 3)
    hands, updates = (500, 1_000) if quick else (1_000, 250_000)
    with tempfile.TemporaryDirectory(prefix="tallysheet-bench-") as folder:
        filled = await _child("fill", f"{folder}/batch", records)
        opened = [await _child("open", f"{folder}/batch", records) for _ in range(repeats)]
        updated = await _child("update", f"{folder}/batch", hands, updates)
        plain = await _child("plain", f"{folder}/plain", records)
    many = f"{records:,} records"
    size = f"{filled['bytes_a_record']:.0f} bytes"
    return [
        Figure(f"bytes written per update of {many} of {size}", AT_MOST, 250,
               Measured((updated["bytes_an_update"],), f"{updates:,} updates, {hands:,} in flight"),
               {ONE_OBJECT: Measured((plain["bytes_an_update"],))}),
        Figure(f"seconds to open {many}", AT_MOST, 6,
               Measured(tuple(found["open_s"] for found in opened),
                        f"{opened[-1]['cpu_s']:.1f} s of CPU"),
               {ONE_OBJECT: Measured((plain["open_s"],))}),
        Figure(f"MB resident at most, {many} opened", AT_MOST, 600,
               Measured(tuple(found["peak_mb"] for found in opened),
                        f"{opened[-1]['resident_mb']:.0f} once it is open"),
               {ONE_OBJECT: Measured((plain["peak_mb"],))}),
    ]  # fmt: skip


async def _child(*arguments: object) -> dict[str, Any]:
    """Run one step in a process of its own; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CHILD), *map(str, arguments)), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"A step of the bench ended with {process.returncode}: {arguments}.")
    found: dict[str, Any] = json.loads(printed)
    return found
