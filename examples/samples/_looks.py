"""All layouts there are: a new one is a row here, made of parts or of a new part.

Others are mixed from the same parts, a name each.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from samples._chance import Chance
from samples._feet import account_foot, bare_foot, column_foot, line_foot
from samples._heads import band_head, boxed_head, centred_head, letter_head, typed_head
from samples._look import Foot, Grid, Head, Look
from samples._totals import boxed_totals, filled_totals, left_totals, plain_totals

PALE, SILVER = (244, 246, 248), (205, 208, 212)

LOOKS: Mapping[str, Look] = {
    "letter": Look(
        head=letter_head,
        grid=Grid(rules=SILVER),
        totals=plain_totals,
        foot=column_foot,
        left=25,
    ),
    "band": Look(
        head=band_head,
        grid=Grid(heading=True, stripes=PALE, pad=1.8),
        totals=filled_totals,
        foot=line_foot,
        left=16,
        right=16,
    ),
    "boxed": Look(
        head=boxed_head,
        grid=Grid(boxes=True, pad=1.1),
        totals=boxed_totals,
        foot=bare_foot,
        left=15,
        right=15,
        foot_height=24,
    ),
    "typed": Look(
        head=typed_head,
        grid=Grid(pad=0.7),
        totals=left_totals,
        foot=account_foot,
        family="times",
        size=11,
        left=24,
        right=24,
    ),
    "ledger": Look(
        head=typed_head,
        grid=Grid(pad=0.4),
        totals=plain_totals,
        foot=account_foot,
        family="courier",
        size=8.5,
        left=18,
        right=18,
    ),
    "centred": Look(
        head=centred_head,
        grid=Grid(heading=True, rules=SILVER, pad=1.6),
        totals=plain_totals,
        foot=line_foot,
        family="times",
        size=10,
        left=22,
        right=22,
    ),
}

FEET_OF: Mapping[Head, tuple[Foot, ...]] = {
    letter_head: (column_foot,),
    band_head: (column_foot, line_foot),
    boxed_head: (account_foot, column_foot, line_foot),
    typed_head: (account_foot, column_foot, line_foot),
    centred_head: (column_foot, line_foot),
}
"""The feet that say what a head leaves out."""

TYPES = (
    ("helvetica", 8.5),
    ("helvetica", 9.0),
    ("helvetica", 9.5),
    ("times", 10.0),
    ("times", 11.0),
)
"""Families, and the size of plain text in points."""


@cache
def look_of(name: str) -> Look:
    """The layout of that name: one of `LOOKS`, else one that is mixed, always the same."""
    return LOOKS.get(name) or _mixed(Chance.of("look", name))


def _mixed(chance: Chance) -> Look:
    head = chance.choice(tuple(FEET_OF))
    grid = chance.choice([look.grid for look in LOOKS.values()])
    family, size = chance.choice(TYPES)
    margin = chance.choice((15.0, 18.0, 20.0, 22.0))
    return Look(
        head=head,
        grid=replace(grid, pad=chance.choice((0.4, 0.8, 1.2, 1.6))),
        totals=chance.choice((boxed_totals, filled_totals, left_totals, plain_totals)),
        foot=chance.choice(FEET_OF[head]),
        family=family,
        size=size,
        left=margin,
        right=margin,
    )
