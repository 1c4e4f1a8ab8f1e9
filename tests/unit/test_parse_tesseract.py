"""Where RapidOCR is missing, the program tesseract reads pictures, if that is installed."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from scene import all_end
from tallysheet.cli._doctor import _ocr
from tallysheet.errors import DocumentError
from tallysheet.parse import Pool, ocr, parse
from tallysheet.parse._tesseract import Tesseract
from tallysheet.pipeline._clock import SystemClock

TRUE = shutil.which("tesseract")
NEEDS_TESSERACT = pytest.mark.skipif(TRUE is None, reason="tesseract is not installed")
HEAD = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)
SIZE = (400, 200)

Row = tuple[int, int, int, int, int, float, str]


def table(*rows: Row) -> str:
    """What the program prints: line, left, top, width, height, score and text of each word."""
    words = (
        f"5\t1\t1\t1\t{line}\t{at}\t{x}\t{y}\t{w}\t{h}\t{score}\t{text}"
        for at, (line, x, y, w, h, score, text) in enumerate(rows, start=1)
    )
    return "\n".join([HEAD, "1\t1\t0\t0\t0\t0\t0\t0\t400\t200\t-1\t", *words]) + "\n"


UPRIGHT = table((1, 40, 20, 80, 20, 96.0, "Total"), (1, 130, 20, 90, 20, 91.5, "119.00"))
ON_ITS_HEAD = table((1, 300, 160, 60, 20, 21.0, "jejoL"), (1, 180, 160, 90, 20, 33.0, "00'6LL"))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Puts a program on the path that prints these tables, one a picture, and RapidOCR aside."""

    def install(*tables: str, body: str = "", languages: str = "deu\neng\nosd") -> Path:
        for at, text in enumerate(tables):
            (tmp_path / f"{at}.tsv").write_text(text)
        program = tmp_path / "tesseract"
        program.write_text(
            f"#!{sys.executable}\n"
            "import os, sys, time\nfrom pathlib import Path\n"
            f"here = Path({str(tmp_path)!r})\n"
            "if '--list-langs' in sys.argv:\n"
            f"    print('List of available languages:\\n' + {languages!r})\n"
            "    sys.exit()\n"
            "data = sys.stdin.buffer.read()\n"
            "calls = here / 'calls'\n"
            "told = calls.read_text().splitlines() if calls.exists() else []\n"
            "limit = os.environ['OMP_THREAD_LIMIT']\n"
            "calls.write_text('\\n'.join([*told, f'{data[:2]} {limit} {sys.argv[1:]}']))\n"
            f"{body}\n"
            "print((here / f'{len(told)}.tsv').read_text(), end='')\n"
        )
        program.chmod(0o755)
        return tmp_path

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    ocr._engine.cache_clear()
    yield install
    ocr._engine.cache_clear()


def picture() -> Image.Image:
    """Of something."""
    return Image.new("RGB", SIZE, "white")


def test_words_come_with_boxes_and_scores(installed: Callable[..., Path]) -> None:
    """Each has the place and the score that the program tells, in points."""
    place = installed(UPRIGHT)

    sheet = ocr.read(picture(), 200, 100)

    assert [(word.text, *word.box) for word in sheet.words] == [
        ("Total", 20, 10, 60, 20),
        ("119.00", 65, 10, 110, 20),
    ]
    assert sheet.scores == (0.96, 0.915)
    assert sheet.turn == 0
    assert (place / "calls").read_text() == (
        "b'P5' 1 ['stdin', 'stdout', '--psm', '3', '-l', 'eng+deu', 'tsv']"
    )


def test_what_stands_on_its_head_is_turned(installed: Callable[..., Path]) -> None:
    """The first reading scores like nonsense, so the picture is read once more, turned by half."""
    installed(ON_ITS_HEAD, UPRIGHT)

    sheet = ocr.read(picture(), *SIZE)

    assert [word.text for word in sheet.words] == ["Total", "119.00"]
    assert sheet.words[0].box == (40, 20, 120, 40)
    assert sheet.turn == 180


def test_nonsense_stays_where_turning_makes_nothing_better(installed: Callable[..., Path]) -> None:
    """A bad scan is not put on its head."""
    installed(ON_ITS_HEAD, table())

    sheet = ocr.read(picture(), *SIZE)

    assert [word.text for word in sheet.words] == ["00'6LL"]
    assert sheet.turn == 0


def test_a_page_on_its_side_is_turned(installed: Callable[..., Path]) -> None:
    """Short words of a line that runs down go its way, though their boxes are nearly square."""
    installed(
        table(
            (1, 300, 20, 20, 90, 90.0, "Total"),
            (1, 300, 120, 20, 25, 90.0, "12"),
            (2, 200, 20, 20, 90, 90.0, "Invoice"),
        )
    )

    sheet = ocr.read(picture(), *SIZE)

    assert [word.text for word in sheet.words] == ["Total", "12", "Invoice"]
    assert sheet.turn == 270


def test_a_page_that_slants_is_straightened(installed: Callable[..., Path]) -> None:
    """Words of one row stand at one height afterwards, and rows keep their order."""
    slope = 0.07  # four degrees
    rows = [
        (line, x, round(40 * line + slope * x), 60, 16, 90.0, f"word{line}{x}")
        for line in (1, 2)
        for x in (10, 100, 190, 280)
    ]
    installed(table(*rows))

    words = ocr.read(picture(), *SIZE).words

    assert [word.text for word in words] == [row[-1] for row in rows]
    assert max(w.y0 for w in words[:4]) - min(w.y0 for w in words[:4]) < 2


def test_specks_are_no_words(installed: Callable[..., Path]) -> None:
    """What scores next to nothing is left out."""
    installed(table((1, 5, 5, 4, 4, 12.0, "~"), (2, 40, 50, 80, 20, 95.0, "Total")))

    assert [word.text for word in ocr.read(picture(), *SIZE).words] == ["Total"]


@pytest.mark.parametrize(
    ("listed", "languages"),
    [("pol\nosd\nequ\nscript/Latin", ["pol"]), ("nld\ndeu\nxyz", ["deu", "nld"])],
)
def test_it_reads_the_languages_that_are_installed(
    installed: Callable[..., Path], listed: str, languages: list[str]
) -> None:
    """Those of ours first; where there is none of them, whatever there is."""
    place = installed(languages=listed)

    assert Tesseract(str(place / "tesseract")).languages == languages


def test_without_a_language_its_owner_hears_what_to_install(
    installed: Callable[..., Path],
) -> None:
    """The line can be copied."""
    installed(languages="osd")

    with pytest.raises(DocumentError, match="apt-get install tesseract-ocr-eng"):
        ocr.require()


def test_without_either_its_owner_hears_of_both(installed: Callable[..., Path]) -> None:
    """Nothing was installed; there are two ways."""
    with pytest.raises(DocumentError) as caught:
        ocr.require()

    assert "pip install 'tallysheet[ocr]'" in caught.value.fix
    assert "program tesseract" in caught.value.fix
    assert _ocr().startswith("Pictures of text would not be read. Install")


def test_the_doctor_says_which_is_at_hand(installed: Callable[..., Path]) -> None:
    """With its languages."""
    installed()

    assert _ocr() == "Pictures of text are read by Tesseract, in: eng, deu."


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("print('std::bad_alloc', file=sys.stderr); sys.exit(1)", MemoryError),
        ("os.abort()", MemoryError),
        ("os.kill(os.getpid(), 11)", DocumentError),
    ],
)
def test_a_program_that_breaks_down_says_why(
    installed: Callable[..., Path], body: str, error: type[Exception]
) -> None:
    """Out of memory, or out of order: it is the document's end, and no mistake of ours."""
    installed(UPRIGHT, body=body)

    with pytest.raises(error):
        ocr.read(picture(), *SIZE)


def test_one_that_cannot_be_started_is_no_mistake_of_ours(installed: Callable[..., Path]) -> None:
    """It is there, and no program."""
    place = installed()
    (place / "tesseract").write_bytes(b"\x7fELF nonsense")

    with pytest.raises(DocumentError, match="does not start"):
        ocr.require()


@pytest.mark.parametrize("what", ["its time is up", "its child is killed"])
async def test_it_ends_with_the_child_that_started_it(
    installed: Callable[..., Path], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the group that the pool kills, and by the kernel where the child alone is killed."""
    # It hangs until it is killed; nobody waits for its sleep.
    place = installed(
        body="(here / 'pid').write_text(f'{os.getpid()} {os.getppid()}\\n')\ntime.sleep(600)"
    )
    (place / "rapidocr.py").write_text("raise ImportError('none here')\n")
    monkeypatch.setenv("PYTHONPATH", str(place))
    limit_s = 4.0 if what == "its time is up" else 60.0
    os.mkfifo(place / "pid")

    async with Pool(1, limit_s=limit_s, clock=SystemClock()) as pool, asyncio.TaskGroup() as group:
        reading = group.create_task(_reason_of(_png(), pool))
        told = await asyncio.to_thread((place / "pid").read_text)
        program, child = map(int, told.split())
        handle = os.pidfd_open(program)
        if what == "its child is killed":
            os.kill(child, signal.SIGKILL)
        assert await asyncio.to_thread(all_end, [handle])
        if what == "its time is up":
            assert await reading == "time_limit"
        reading.cancel()


async def _reason_of(data: bytes, pool: Pool) -> str:
    with pytest.raises(DocumentError) as caught:
        await parse(data, offload=pool)
    return caught.value.reason


def _png() -> bytes:
    file = BytesIO()
    picture().save(file, "PNG")
    return file.getvalue()


@NEEDS_TESSERACT
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_true_program_reads_a_page_whichever_way_it_lies(
    turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words, in their order, and by how much it has to be turned."""
    monkeypatch.setattr(ocr, "_engine", lambda: Tesseract(TRUE or ""))
    page = Image.new("L", (900, 600), "white")
    font = ImageFont.load_default(34)
    lines = ["Nordlicht Trading Limited", "Invoice number 4711", "Grand total 1,200.00 EUR"]
    for at, line in enumerate(lines):
        ImageDraw.Draw(page).text((60, 80 + 120 * at), line, font=font, fill=0)

    sheet = ocr.read(page.rotate(-turn, expand=True), 900, 600)

    assert " ".join(word.text for word in sheet.words) == " ".join(lines)
    assert sheet.turn == -turn % 360
    assert min(sheet.scores) > 0.5
