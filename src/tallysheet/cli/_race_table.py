"""How a race looks: a row as soon as there is one, and under it what happened there."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.padding import Padding
from rich.text import Text

from tallysheet.cli._speak import plain, say, stdout
from tallysheet.race import Parsed, Ran

WAY_WIDTHS = (25, 14, 9, 9, 8, 9)
WAY_HEADINGS = (
    ("", "", "wall over", "", "", "$ a"),
    ("way", "updates kept", "slowest", "requests", "bytes", "million"),
)
PARSER_WIDTHS = (25, 9, 9, 10, 10, 10)
PARSER_HEADINGS = (
    ("", "", "wall over", "the loop", "was late", ""),
    ("parsed", "pages/s", "slowest", "p50", "p99", "most"),
)


@dataclass(slots=True)
class _Doing:
    """What goes on now."""

    what: str
    count: int
    done: int = 0

    def one(self) -> None:
        """One more is done."""
        self.done += 1

    def __rich__(self) -> Text:
        """A line; without a number where nobody tells us of any."""
        return plain(
            f"{self.what} … {self.done:,} of {self.count:,}" if self.done else f"{self.what} …"
        )


class Told:
    """Tells of a race while it goes on.

    Args:
        widths: Of the columns, of which the first goes to the left.
        headings: Lines of one a column.
        as_json: Only say on stderr what goes on.
    """

    def __init__(
        self, widths: Sequence[int], headings: Sequence[Sequence[str]], *, as_json: bool
    ) -> None:
        self._widths = widths
        self._console = stdout()
        self._as_json = as_json
        self._headings = [] if as_json else list(headings)

    @contextmanager
    def doing(self, what: str, count: int) -> Iterator[Callable[[], None]]:
        """Say what goes on while the block runs; the block calls for each that is done."""
        while self._headings:  # not before there is something to show
            self._console.print(plain(self._line(self._headings.pop(0)).rstrip(), "bold"))
        doing = _Doing(what, count)
        if self._as_json or not self._console.is_terminal:
            say(f"{what} …", "dim")
            yield doing.one
            return
        with self._console.status(doing):
            yield doing.one

    def row(self, row: Ran | Parsed) -> None:
        """Show what came of it."""
        if self._as_json:
            return
        cells = _way(row) if isinstance(row, Ran) else _parser(row)
        line = plain(self._line(cells))
        if isinstance(row, Ran):
            line.stylize("bold", 0, len(row.way))
            start = line.plain.index(cells[1], len(row.way))
            line.stylize("bold red" if row.lost else "green", start, start + len(cells[1]))
        self._console.print(line)
        why = plain(_why(row), "dim")
        if self._console.is_terminal:
            self._console.print(Padding(why, (0, 0, 0, 2)))
        else:
            self._console.print(Text("  ") + why)

    def _line(self, cells: Sequence[str]) -> str:
        first, *rest = zip(cells, self._widths, strict=True)
        return " ".join((f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in rest)))


def ways_told(*, as_json: bool) -> Told:
    """For the ways to keep a shared object."""
    return Told(WAY_WIDTHS, WAY_HEADINGS, as_json=as_json)


def parsers_told(*, as_json: bool) -> Told:
    """For the places to parse in."""
    return Told(PARSER_WIDTHS, PARSER_HEADINGS, as_json=as_json)


def _why(row: Ran | Parsed) -> str:
    if isinstance(row, Ran) and row.estimated:
        return f"{row.why} Only {row.tried} were tried; ≈ is for {row.invoices:,}."
    return row.why


def _way(row: Ran) -> tuple[str, ...]:
    return (
        row.way,
        f"{row.kept:,} of {row.tried:,}",
        ("≈ " if row.estimated else "") + _ratio(row.ratio),
        f"{row.requests:,}",
        _bytes(row.bytes_read + row.bytes_written),
        f"{row.usd_per_million:,.2f}",
    )


def _parser(row: Parsed) -> tuple[str, ...]:
    lags = (row.lag_p50_s, row.lag_p99_s, row.lag_max_s)
    told = (f"{lag * 1000:,.1f} ms" for lag in lags)
    return (row.where, f"{row.pages_per_s:,.0f}", _ratio(row.ratio), *told)


def _ratio(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:,.2f}"


def _bytes(count: int) -> str:
    power = min(int(math.log10(max(count, 1))) // 3, 3)
    return f"{count / 1000**power:,.0f} {('B', 'kB', 'MB', 'GB')[power]}"
