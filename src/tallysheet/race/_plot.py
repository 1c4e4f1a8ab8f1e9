"""The figures as a picture: one bar a way, how much slower than the slowest call it was."""

from collections.abc import Sequence
from html import escape
from math import log10

from tallysheet.race._race import Ran

WIDTH, ROW, TOP = 720, 46, 64
LEFT, RIGHT = 170, 110
STYLE = """\
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 12px; fill: #59636e }
.right { fill: #2da44e } .wrong { fill: #cf222e }
.grid { stroke: #d1d9e0 } .page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 }
  .grid { stroke: #3d444d } .page { fill: #0d1117 }
}"""


def plot(rows: Sequence[Ran]) -> str:
    """An SVG that stands by itself, for light and dark pages."""
    most = max(10.0, *(10 ** -(-log10(max(row.ratio, 1.0)) // 1) for row in rows))
    height = TOP + ROW * len(rows) + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(_title(rows))}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}"/>',
        f'<text x="16" y="26">{escape(_title(rows))}</text>',
        '<text x="16" y="46" class="small">wall time over the slowest call to the model'
        " (1 is as fast as can be); updates kept</text>",
    ]
    tick = 1
    while tick <= most:
        x = _x(tick, most)
        bottom = TOP + ROW * len(rows)
        parts += [
            f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>',
            f'<text class="small" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick}</text>',
        ]
        tick *= 10
    for at, row in enumerate(rows):
        y = TOP + ROW * at
        end = _x(max(row.ratio, 1.0), most)
        kind = "right" if row.kept == row.invoices else "wrong"
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 28}" text-anchor="end">{escape(row.way)}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y + 10}" width="{max(end - LEFT, 3):.1f}"'
            f' height="{ROW - 20}" rx="3"/>',
            f'<text x="{end + 8:.1f}" y="{y + 22}">{row.ratio:.2f}</text>',
            f'<text class="small" x="{end + 8:.1f}" y="{y + 37}">'
            f"{row.kept:,} of {row.invoices:,} kept</text>",
        ]
    return "\n".join([*parts, "</svg>", ""])


def _title(rows: Sequence[Ran]) -> str:
    invoices, processes = max(r.invoices for r in rows), max(r.processes for r in rows)
    where = f" in {processes} processes" if processes > 1 else ""
    return f"{invoices:,} invoices, one shared object{where}"


def _x(ratio: float, most: float) -> float:
    """Where a ratio stands, by its logarithm: 1 at the left, *most* at the right."""
    return LEFT + (WIDTH - LEFT - RIGHT) * log10(ratio) / log10(most)
