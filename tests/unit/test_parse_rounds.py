"""A long scan is read to its end, round by round, each within the limits of a child."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from tallysheet.errors import DocumentError
from tallysheet.model import Parsed
from tallysheet.parse import _rounds, _scans, ocr, parse
from tallysheet.parse._lines import Line
from tallysheet.parse._wanted import Wanted
from tallysheet.ports import Worked


class Beside:
    """Does the work in a thread, and keeps which pages it was asked for."""

    def __init__(self, fails_at: int = 99) -> None:
        self.asked: list[tuple[int, ...]] = []
        self._fails_at = fails_at

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Do it."""
        wanted, _ = Wanted.taken_off(data)
        self.asked.append(wanted.only)
        if len(self.asked) == self._fails_at:
            raise DocumentError("time_limit", "Too slow.", "Be faster.")
        return Worked(await asyncio.to_thread(work, data), 0.0)


class Slow:
    """A clock by which reading one page takes all the time that a round has."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def engine(self, *texts: str) -> Callable[[Image.Image], list[Line]]:
        """Reads these texts off one picture after the other."""
        left = list(texts)

        def read(_image: Image.Image) -> list[Line]:
            self.now += 2 * _scans.ENOUGH_S
            text = left.pop(0)
            return [Line(text, ((10, 10), (200, 10), (200, 40), (10, 40)), 0.9)] if text else []

        return read


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """The clock of a child whose processor is slow."""
    slow = Slow()
    monkeypatch.setattr(_scans, "perf_counter", slow)
    return slow


def scan(pages: int, *, text: str = "") -> bytes:
    """A PDF of so many pictures, after a page with *text* if there is any."""
    pdf = FPDF()
    pdf.set_font("helvetica")
    if text:
        pdf.add_page()
        pdf.text(20, 20, text)
    for page in range(pages):
        pdf.add_page()
        pdf.image(Image.new("L", (60, 80), 200 + page), 0, 0, 210, 297)
    return bytes(pdf.output())


def read(data: bytes, offload: Beside, *, shown: bool = False) -> Parsed:
    """What is read of *data*."""
    return asyncio.run(parse(data, offload=offload, wanted=Wanted(shown=shown)))


def test_what_a_round_does_not_come_to_is_read_in_the_next(
    clock: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each asks only for what is left; pages stand in their order, none is said to be missing."""
    engine = clock.engine("Invoice RE-17", "carried forward", "Total 119,00")
    monkeypatch.setattr(ocr, "_engine", lambda: engine)
    offload = Beside()

    parsed = read(scan(3, text="Cover"), offload)

    texts = [page.text for page in parsed.pages]
    assert texts == ["Cover", "Invoice RE-17", "carried forward", "Total 119,00"]
    assert offload.asked == [(), (3, 4), (4,)]
    assert parsed.unread == ()
    assert len(parsed.warnings) == 3
    assert all("was read by OCR" in said for said in parsed.warnings)


def test_frames_of_a_tiff_file_are_read_in_rounds_too(
    clock: Slow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A fax of ten pages is a document like others."""
    engine = clock.engine("one", "two")
    monkeypatch.setattr(ocr, "_engine", lambda: engine)
    file = tmp_path / "fax.tiff"
    first, second = (Image.new("L", (300, 300), grey) for grey in (0, 9))
    first.save(file, save_all=True, append_images=[second])

    parsed = read(file.read_bytes(), Beside())

    assert [page.text for page in parsed.pages] == ["one", "two"]


def test_pages_are_shown_to_a_model_in_the_first_round(
    clock: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their pictures stay with them when their words come later."""
    engine = clock.engine("one", "two")
    monkeypatch.setattr(ocr, "_engine", lambda: engine)

    parsed = read(scan(2), Beside(), shown=True)

    assert [page.text for page in parsed.pages] == ["one", "two"]
    assert all(page.picture is not None for page in parsed.pages)


def test_a_round_that_fails_keeps_what_was_read(
    clock: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is said to be missing."""
    engine = clock.engine("one", "two", "three")
    monkeypatch.setattr(ocr, "_engine", lambda: engine)

    parsed = read(scan(3), Beside(fails_at=3))

    assert [page.text for page in parsed.pages] == ["one", "two", ""]
    assert parsed.warnings[-1] == (
        "Page 3 is a picture and was not read: the others took too long."
    )


def test_rounds_come_to_an_end(clock: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds a child for ever with a file of pictures."""
    monkeypatch.setattr(_rounds, "MOST_ROUNDS", 2)
    engine = clock.engine("one", "two")
    monkeypatch.setattr(ocr, "_engine", lambda: engine)
    offload = Beside()

    parsed = read(scan(4), offload)

    assert len(offload.asked) == 2
    assert [page.text for page in parsed.pages] == ["one", "two", "", ""]
    assert sum("took too long" in said for said in parsed.warnings) == 2


def test_nothing_on_any_page_is_no_text(clock: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """But only once all were looked at."""
    engine = clock.engine("", "", "")
    monkeypatch.setattr(ocr, "_engine", lambda: engine)
    offload = Beside()

    with pytest.raises(DocumentError) as caught:
        read(scan(2), offload)

    assert caught.value.reason == "no_text"
    assert offload.asked == [(), (2,)]


def test_what_is_unread_crosses_the_pipe() -> None:
    """The parent asks again by number."""
    parsed = Parsed("application/pdf", unread=(3, 4))

    assert Parsed.from_bytes(parsed.to_bytes()) == parsed
