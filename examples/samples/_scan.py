"""Scans: pages as pictures, with all that paper and scanners do to them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import pypdfium2 as pdfium
from fpdf import FPDF
from PIL import Image, ImageChops, ImageFilter

from samples._chance import Chance
from samples._sample import Sample

POINTS, MM = 72, 25.4
"""In an inch."""

MIDDLE = 128
"""Of the steps of grey: noise goes up and down from here."""

UPRIGHT = 0
PAPER = 255


@dataclass(frozen=True)
class Wear:
    """What was done to a page on its way through a scanner."""

    dpi: int = 200
    turned: int = UPRIGHT
    """Degrees counter-clockwise, in quarters of a turn."""
    askew: float = 0
    """Degrees counter-clockwise, by which the sheet lay off."""
    blur: float = 0
    """The radius of the blur, in pixels."""
    noise: int = 0
    """By how much a pixel may be off, in steps of 255."""
    quality: int = 90
    """Of the JPEG: blocks can be seen from 50 downwards."""
    colour: bool = False

    @property
    def note(self) -> str:
        """The same in words."""
        return (
            f"{self.dpi} dpi, turned by {self.turned}°, askew by {self.askew:g}°, "
            f"blur {self.blur:g}, noise {self.noise}, JPEG quality {self.quality}"
        )


def worn(chance: Chance) -> Wear:
    """A page as it comes out of an office, upright two times of three."""
    return Wear(
        dpi=chance.choice((150, 150, 200, 200, 300)),
        turned=chance.choice((UPRIGHT,) * 6 + (90, 180, 270)),
        askew=round(chance.uniform(-2, 2), 1),
        blur=round(chance.uniform(0, 0.8), 1),
        noise=chance.randrange(60),
        quality=chance.randint(35, 90),
        colour=chance.random() < 1 / 3,
    )


def scanned(sample: Sample, chance: Chance, wear: Wear, created: date) -> Sample:
    """*sample*, a PDF, as a PDF of pictures."""
    pictures = pictures_of(sample.data, chance, wear)
    note = f"{sample.note} Scanned: {wear.note}.".strip()
    return replace(sample, data=_bound(pictures, wear, created), note=note)


def photographed(sample: Sample, chance: Chance, wear: Wear) -> Sample:
    """The first page of *sample*, a PDF, as a JPEG file."""
    data = next(pictures_of(sample.data, chance, wear))
    note = f"{sample.note} A picture: {wear.note}.".strip()
    return replace(sample, name=sample.name.removesuffix(".pdf") + ".jpg", data=data, note=note)


def pictures_of(data: bytes, chance: Chance, wear: Wear) -> Iterator[bytes]:
    """Each page of a PDF as a JPEG."""
    document = pdfium.PdfDocument(data)
    for page in document:
        picture = page.render(scale=wear.dpi / POINTS).to_pil()
        picture = _worn(picture.convert("RGB" if wear.colour else "L"), chance, wear)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=wear.quality, dpi=(wear.dpi, wear.dpi))
        yield out.getvalue()


def _worn(picture: Image.Image, chance: Chance, wear: Wear) -> Image.Image:
    white = (PAPER,) * len(picture.getbands())
    picture = picture.rotate(wear.askew, Image.Resampling.BICUBIC, fillcolor=white)
    picture = picture.rotate(wear.turned, expand=True)
    picture = picture.filter(ImageFilter.GaussianBlur(wear.blur))
    grain = Image.frombytes("L", picture.size, chance.randbytes(picture.width * picture.height))
    grain = grain.point([MIDDLE + (step - MIDDLE) * wear.noise // MIDDLE for step in range(256)])
    layers = [grain] * len(white)
    noise = Image.merge(picture.mode, layers) if len(layers) > 1 else grain
    return ImageChops.add(picture, noise, offset=-MIDDLE)


def _bound(pictures: Iterator[bytes], wear: Wear, created: date) -> bytes:
    pdf = FPDF()
    pdf.set_creation_date(datetime.combine(created, time(9), UTC))
    for data in pictures:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = (side / wear.dpi * MM for side in picture.size)
        pdf.add_page(format=(width, height))
        pdf.image(io.BytesIO(data), 0, 0, width, height)
    return bytes(pdf.output())
