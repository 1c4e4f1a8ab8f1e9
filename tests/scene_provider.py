"""A provider of language models in a process of its own, which logs all that it was asked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallysheet.testing.llm_server import Visit

LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Provided:
    """A provider, and where its log is."""

    url: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to ask it."""
        return {"TALLYSHEET_BASE_URL": self.url, "TALLYSHEET_MODEL": "openai:test"}

    @property
    def visits(self) -> list[Visit]:
        """Every request that is over, in the order of their ends."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [Visit(**json.loads(line)) for line in lines]


@contextmanager
def provider(folder: Path, *options: str) -> Iterator[Provided]:
    """Run ``tallysheet.testing.llm_server`` with *options* until the end of the block."""
    log = folder / "visits.jsonl"
    command = (sys.executable, "-m", "tallysheet.testing.llm_server", "--log", log, *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Provided(json.loads(process.stdout.readline())["openai"], log)
        finally:
            process.terminate()
            process.wait(LIMIT_S)
