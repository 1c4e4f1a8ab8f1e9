"""A page looks the same however it was scanned, and another one does not."""

import io
from collections.abc import Callable
from math import cos, radians, sin
from typing import NamedTuple

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples import Chance
from tallysheet.manifest._marks import NEAR_BITS
from tallysheet.parse._likeness import likeness_of
from tallysheet.parse._lines import Line, Point, sheet_of

WIDTH, HEIGHT = 500, 700
LAYOUTS = range(8)
GREY = 70
"""How dark a line of small print is, seen from afar."""


class Page(NamedTuple):
    """A picture, and where OCR finds lines in it."""

    picture: Image.Image
    lines: list[Line]


def laid_out(seed: int) -> Page:
    """A page with lines at places of its own."""
    chance = Chance(seed)
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, lines = ImageDraw.Draw(picture), []
    for y in range(50, HEIGHT - 50, 20):
        if chance.random() < 0.6:
            x = chance.choice((50, 150, 300))
            length = chance.randrange(60, WIDTH - 40 - x)
            pen.rectangle((x, y, x + length, y + 10), fill=(GREY, GREY, GREY))
            corners = ((x, y), (x + length, y), (x + length, y + 10), (x, y + 10))
            lines.append(Line("a line of text", corners, 0.9))
    return Page(picture, lines)


def moved(page: Page, picture: Image.Image, move: Callable[[Point], Point], **said: bool) -> Page:
    """Another picture of it, in which each point stands elsewhere."""
    lines = []
    for line in page.lines:
        a, b, c, d = map(move, line.corners)
        lines.append(line._replace(corners=(a, b, c, d), **said))
    return Page(picture, lines)


def unmoved(point: Point) -> Point:
    """Where it was."""
    return point


def looks(page: Page) -> int:
    """Its likeness, after its lines were laid as a page of points."""
    width, height = page.picture.size
    sheet = sheet_of(page.lines, width, height)
    size = (height, width) if sheet.turn % 180 else (width, height)
    told = likeness_of(page.picture, sheet, *size)
    assert len(told) == 16
    return int(told, 16)


def differ(a: Page, b: Page) -> int:
    """In how many bits."""
    return (looks(a) ^ looks(b)).bit_count()


def saved_badly(page: Page) -> Page:
    """As messengers do."""
    held = io.BytesIO()
    page.picture.save(held, "JPEG", quality=30)
    return moved(page, Image.open(held).convert("RGB"), unmoved)


def smaller(page: Page) -> Page:
    """By half."""
    picture = page.picture.resize((WIDTH // 2, HEIGHT // 2))
    return moved(page, picture, lambda p: (p[0] / 2, p[1] / 2))


def worn(page: Page) -> Page:
    """Out of focus, and in bad light."""
    picture = page.picture.filter(ImageFilter.GaussianBlur(1.5))
    grain = Image.frombytes("L", picture.size, Chance(1).randbytes(WIDTH * HEIGHT))
    grain = grain.point([128 + (step - 128) // 4 for step in range(256)])
    return moved(page, ImageChops.add(picture, grain.convert("RGB"), offset=-128), unmoved)


def askew(page: Page, by: float) -> Page:
    """Turned to the right by some degrees."""
    c, s = cos(radians(by)), sin(radians(by))

    def slanted(point: Point) -> Point:
        x, y = point[0] - WIDTH / 2, point[1] - HEIGHT / 2
        return WIDTH / 2 + x * c - y * s, HEIGHT / 2 + x * s + y * c

    picture = page.picture.rotate(-by, Image.Resampling.BICUBIC, fillcolor="white")
    return moved(page, picture, slanted)


def on_a_table(page: Page) -> Page:
    """With wide margins, more at the top than below."""
    picture = Image.new("RGB", (WIDTH + 150, HEIGHT + 250), "white")
    picture.paste(page.picture, (100, 200))
    return moved(page, picture, lambda p: (p[0] + 100, p[1] + 200))


def on_its_head(page: Page) -> Page:
    """As half of all sheets lie in a feeder."""
    picture = page.picture.rotate(180)
    upside_down = moved(page, picture, lambda p: (WIDTH - p[0], HEIGHT - p[1]), flipped=True)
    lines = [
        line._replace(corners=(*line.corners[2:], *line.corners[:2])) for line in upside_down.lines
    ]
    return Page(picture, lines)


def on_its_side(page: Page) -> Page:
    """Turned to the left, so that text runs up."""
    picture = page.picture.rotate(90, expand=True)
    turned = moved(page, picture, lambda p: (p[1], WIDTH - p[0]))
    lines = [line._replace(corners=(*line.corners[1:], line.corners[0])) for line in turned.lines]
    return Page(picture, [line._replace(flipped=True) for line in lines])


@pytest.mark.parametrize(
    "again",
    [
        saved_badly,
        smaller,
        worn,
        on_a_table,
        on_its_head,
        on_its_side,
        pytest.param(lambda page: askew(page, 0.4), id="a little askew"),
        pytest.param(lambda page: askew(page, 2.5), id="askew"),
        pytest.param(lambda page: askew(page, -2.5), id="askew to the left"),
        pytest.param(lambda page: saved_badly(askew(worn(page), 1.5)), id="all at once"),
    ],
)
def test_a_page_looks_the_same_when_it_is_scanned_again(again: Callable[[Page], Page]) -> None:
    """Whatever its layout."""
    pages = list(map(laid_out, LAYOUTS))

    assert max(differ(page, again(page)) for page in pages) <= NEAR_BITS


def test_pages_of_other_layouts_look_different() -> None:
    """No two of them are taken for one."""
    looked = [looks(laid_out(seed)) for seed in LAYOUTS]

    apart = [(a ^ b).bit_count() for at, a in enumerate(looked) for b in looked[:at]]

    assert min(apart) > NEAR_BITS


@pytest.mark.parametrize("size", [(32, 32), (2000, 33), (1, 1)])
def test_a_page_without_words_looks_like_something(size: tuple[int, int]) -> None:
    """Where no OCR is at hand, all of it counts, however small it is."""
    told = likeness_of(Image.new("RGB", size, "white"), sheet_of((), 10, 10), 10, 10)

    assert int(told, 16) >= 0


def test_words_beyond_the_picture_do_no_harm() -> None:
    """OCR may place them there, and a line may have no extent."""
    page = laid_out(3)
    beyond = ((-50.0, -9.0), (WIDTH + 90.0, -9.0), (WIDTH + 90.0, 9.0), (-50.0, 9.0))
    nowhere = ((WIDTH + 5.0, 5.0),) * 4

    assert looks(page._replace(lines=[*page.lines, Line("over", beyond, 0.9)])) >= 0
    assert looks(page._replace(lines=[Line("gone", nowhere, 0.9)])) >= 0
