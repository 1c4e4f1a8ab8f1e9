"""The figures as a picture: a bar a way, how much slower than the slowest call it was."""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, log10

from tallysheet.race._race import Ran

WIDTH, EDGE, TOP, ROW, BAR, FOOT = 480, 16, 76, 54, 18, 44
RIGHT = 72
"""Kept free beside the longest bar, for its figure."""
STYLE = """\
svg { max-width: 100%; height: auto }
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 } .small { font-size: 12px; fill: #59636e }
.kept { fill: #1a7f37 } .lost { fill: #cf222e } .few { fill-opacity: 0.3; stroke-dasharray: 4 3 }
rect.few.kept { stroke: #1a7f37 } rect.few.lost { stroke: #cf222e }
.end { text-anchor: end } .middle { text-anchor: middle }
.grid { stroke: #d1d9e0 } .page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 }
  .kept { fill: #3fb950 } .lost { fill: #f85149 }
  rect.few.kept { stroke: #3fb950 } rect.few.lost { stroke: #f85149 }
  .grid { stroke: #3d444d } .page { fill: #0d1117 }
}"""


def plot(rows: Sequence[Ran]) -> str:
    """An SVG that stands by itself, for light and dark pages, wide and narrow.

    Args:
        rows: What came of the ways, at least one, each with a `Ran.ratio`.
    """
    bottom = TOP + ROW * len(rows)
    height = bottom + FOOT + (18 if any(row.estimated for row in rows) else 0)
    decades = max(1, *(ceil(log10(max(row.ratio or 0, 1))) for row in rows))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{1.5 * WIDTH:.0f}"'
            f' viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{_title(rows)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            f'<text class="title" x="{EDGE}" y="30">{_title(rows)}</text>',
            f'<text class="small" x="{EDGE}" y="50">'
            "wall time over the slowest call to the model; 1 is as fast as can be</text>",
            *_grid(decades, bottom),
            *(line for at, row in enumerate(rows) for line in _row(row, TOP + ROW * at, decades)),
            *_note(rows, bottom),
            "</svg>",
            "",
        )
    )


def _grid(decades: int, bottom: int) -> Iterator[str]:
    for power in range(decades + 1):
        x = _x(10**power, decades)
        yield f'<line class="grid" x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom}"/>'
        yield f'<text class="small middle" x="{x:.1f}" y="{bottom + 18}">{10**power:,}</text>'


def _row(row: Ran, y: int, decades: int) -> Iterator[str]:
    ratio = row.ratio or 0
    end = _x(max(ratio, 1), decades)
    kind = "lost" if row.lost else "kept"
    few, about = (" few", "≈ ") if row.estimated else ("", "")
    yield f'<text x="{EDGE}" y="{y + 14}">{escape(row.way)}</text>'
    yield (
        f'<text class="{kind} end" x="{WIDTH - EDGE}" y="{y + 14}">'
        f"{row.kept:,} of {row.tried:,} kept</text>"
    )
    yield (
        f'<rect class="{kind}{few}" x="{EDGE}" y="{y + 21}" width="{max(end - EDGE, 3):.1f}"'
        f' height="{BAR}" rx="2"/>'
    )
    yield f'<text x="{end + 6:.1f}" y="{y + 35}">{about}{ratio:,.2f}</text>'


def _note(rows: Sequence[Ran], bottom: int) -> Iterator[str]:
    for row in rows:
        if row.estimated:
            yield (
                f'<text class="small" x="{EDGE}" y="{bottom + 40}">'
                f"≈ and dashed: scaled up from {row.tried:,} invoices</text>"
            )
            return


def _title(rows: Sequence[Ran]) -> str:
    processes = rows[0].processes
    where = f" from {processes} processes" if processes > 1 else ""
    return f"{rows[0].invoices:,} updates of one shared object{where}"


def _x(ratio: float, decades: int) -> float:
    """Where a ratio stands, by its logarithm: 1 at the left, so many powers of ten at the right."""
    # A bar of 1 is no bar: the axis begins a bit to the left of it.
    begin = EDGE + 24
    return begin + (WIDTH - RIGHT - begin) * log10(ratio) / decades
