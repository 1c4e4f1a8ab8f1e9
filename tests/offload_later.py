"""A module that tells when it is loaded: its process, through a pipe where temporary files go."""

import os
from pathlib import Path

(Path(os.environ["TMPDIR"]) / "loaded").write_text(str(os.getpid()), encoding="ascii")
