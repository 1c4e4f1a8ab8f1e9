"""Pictures → lines of text by the program tesseract, where it is installed and RapidOCR is not.

1. It dies with the child that started it: it is in the child's process group, which the
   pool kills, and the kernel ends it when the child ends in any other way. It inherits
   the child's limit of memory.
2. It reads text that stands upright or runs down, but none on its head: of that it makes
   nonsense, and says so by its scores. Then the picture is turned by half and read again.
3. Its boxes lie straight on a page that slants. How much it slants is seen by where the
   words of its long lines stand.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from errno import ENOMEM
from functools import partial
from io import BytesIO
from math import atan, cos, sin, tan
from statistics import median
from typing import NamedTuple, Protocol, Self

from tallysheet.errors import DocumentError
from tallysheet.parse._lines import Corners, Line

PROGRAM = "tesseract"
LANGUAGES = ("eng", "deu", "fra", "ita", "spa", "por", "nld")
"""Those of them that are installed are read at once: all seven take 1.3 s a page, one 0.5."""
NO_LANGUAGES = ("osd", "equ")
"""What is listed among the languages and is none."""
WORD = "5"
"""The level of the rows of its table that are words."""
COLUMNS = 12
LEAST_SCORE = 0.3
"""What scores less is no text but specks, rules and logos: a letter or two of nonsense."""
NONSENSE = 0.66
"""The mean score of a page on its head is at most 0.59, that of an upright one 0.73 or more: of
ten receipts in seven languages; with fewer languages both are lower, and further apart."""
TALL = 1.5
"""A line so many times higher than wide runs down."""
FAR = 8
"""Heights of a word, from the first to the last of a line whose slant can be trusted."""
SLANTS = 0.0087
"""Of a slope that is more than half a degree: `_lines` leaves alone what is less."""
PR_SET_PDEATHSIG = 1
OUT_OF_MEMORY = (b"bad_alloc", b"no memory", b"not made", b"malloc")
"""How it, and the library that holds its pictures, say that they were refused memory."""


class Image(Protocol):
    """An image as Pillow has it."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    def rotate(self, angle: float, *, expand: bool) -> Self:
        """Another one, turned to the left by so many degrees."""
        ...

    def convert(self, mode: str) -> Self:
        """The same in other colours."""
        ...

    def save(self, fp: BytesIO, kind: str, /) -> None:
        """Write it as a file."""
        ...


class Seen(NamedTuple):
    """A word as it stands in the picture, in pixels."""

    line: tuple[str, ...]
    """Which line it is in."""
    text: str
    score: float
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def middle(self) -> tuple[float, float]:
        """Of its box."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


class Tesseract:
    """The installed program.

    Raises:
        DocumentError: ``no_text``: it does not start, or has no language to read.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        listed = self._run("--list-langs").stdout.decode(errors="replace").split("\n")[1:]
        installed = [name.strip() for name in listed if name.strip()]
        self.languages = [name for name in LANGUAGES if name in installed] or [
            name for name in installed if name not in NO_LANGUAGES and "/" not in name
        ][: len(LANGUAGES)]
        if not self.languages:
            raise DocumentError(
                "no_text",
                "It is a picture, and the tesseract that is installed has no language to read.",
                "Install one; on Debian and Ubuntu: apt-get install tesseract-ocr-eng",
            )

    def __call__(self, picture: Image) -> list[Line]:
        """The words on *picture*, each a line of its own.

        Raises:
            DocumentError: ``crashed``: the program broke down on it.
            MemoryError: It takes more memory than there is.
        """
        words = self._words_on(picture)
        lines = _lines_of(words)
        if words and _mean_score(words) < NONSENSE:
            turned = self._words_on(picture.rotate(180, expand=True))
            if _sure(turned) > _sure(words):
                lines = [_on_its_head(line, *picture.size) for line in _lines_of(turned)]
        return [line for line in lines if line.score >= LEAST_SCORE]

    def _words_on(self, picture: Image) -> list[Seen]:
        file = BytesIO()
        picture.convert("L").save(file, "PPM")
        languages = "+".join(self.languages)
        done = self._run(*("stdin", "stdout", "--psm", "3", "-l", languages, "tsv"), file=file)
        if done.returncode:
            marks = any(mark in done.stderr.lower() for mark in OUT_OF_MEMORY)
            if marks or done.returncode == -signal.SIGABRT:
                raise MemoryError
            raise DocumentError(
                "crashed",
                f"It is a picture on which tesseract broke down (status {done.returncode}).",
                "Save the picture anew, or add the invoice as a PDF with text.",
            )
        return list(_words_in(done.stdout.decode(errors="replace")))

    def _run(
        self, *arguments: str, file: BytesIO | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run(  # noqa: S603 - no argument comes from a document
                [self._program, *arguments],
                input=file.getvalue() if file else b"",
                capture_output=True,
                check=False,
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},
                preexec_fn=partial(_die_with, os.getpid()),
            )
        except OSError as error:
            if error.errno == ENOMEM:
                raise MemoryError from None
            raise DocumentError(
                "no_text",
                "It is a picture, and the tesseract that is installed does not start.",
                f"See why with: {self._program} --version",
            ) from None


def program() -> str | None:
    """Where tesseract is installed."""
    return shutil.which(PROGRAM)


def _die_with(child: int) -> None:
    """Have the kernel end this process when *child* ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != child:
            os._exit(1)


def _words_in(table: str) -> Iterator[Seen]:
    for row in table.split("\n"):
        cells = row.rstrip("\r").split("\t", COLUMNS - 1)
        if len(cells) == COLUMNS and cells[0] == WORD and (text := cells[-1].strip()):
            left, top, width, height, score = map(float, cells[6:11])
            yield Seen(tuple(cells[1:5]), text, score / 100, left, top, left + width, top + height)


def _mean_score(words: Sequence[Seen]) -> float:
    """Of all characters."""
    return sum(w.score * len(w.text) for w in words) / sum(len(w.text) for w in words)


def _sure(words: Sequence[Seen]) -> int:
    """How many characters are no nonsense."""
    return sum(len(word.text) for word in words if word.score >= NONSENSE)


def _lines_of(words: Sequence[Seen]) -> list[Line]:
    """Each word a line of its own, with the way and the slant of the line it stands in."""
    lines: dict[tuple[str, ...], list[Seen]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    downward = {name for name, line in lines.items() if _runs_down(line)}
    slopes = [s for name, line in lines.items() for s in _slope(line, down=name in downward)]
    slope = median(slopes) if slopes else 0.0
    slant = atan(slope) if abs(slope) > SLANTS else 0.0
    return [
        Line(word.text, _corners(word, slant), word.score, runs_down=word.line in downward)
        for word in words
    ]


def _runs_down(line: Sequence[Seen]) -> bool:
    width = max(word.x1 for word in line) - min(word.x0 for word in line)
    height = max(word.y1 for word in line) - min(word.y0 for word in line)
    return height >= TALL * width and sum(len(word.text) for word in line) > 1


def _slope(line: Sequence[Seen], *, down: bool) -> Iterator[float]:
    """By how much a line falls to the right, or leans to the left, a unit of its length."""
    (x0, y0), (x1, y1) = line[0].middle, line[-1].middle
    along, aside = (y1 - y0, x0 - x1) if down else (x1 - x0, y1 - y0)
    thick = median(w.x1 - w.x0 if down else w.y1 - w.y0 for w in line)
    if along > FAR * thick:
        yield aside / along


def _corners(word: Seen, slant: float) -> Corners:
    """Of the slanting box that has the straight one around it."""
    wide, high = word.x1 - word.x0, word.y1 - word.y0
    if slant:
        c, s, t = cos(slant), abs(sin(slant)), tan(abs(slant))
        if min(wide, high) > max(wide, high) * t:  # else it is too thin to slant
            wide, high = (
                (wide * c - high * s) / cos(2 * slant),
                (high * c - wide * s) / cos(2 * slant),
            )
        else:
            slant = 0.0
    x, y = word.middle
    c, s = cos(slant) / 2, sin(slant) / 2
    a, b, c_, d = (
        (x + i * wide * c - j * high * s, y + i * wide * s + j * high * c)
        for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )
    return a, b, c_, d


def _on_its_head(line: Line, width: float, height: float) -> Line:
    """A line of the turned picture, in the picture as it is."""
    a, b, c, d = ((width - x, height - y) for x, y in line.corners)
    return line._replace(corners=(c, d, a, b), flipped=True)
