"""Paths into a tree, and the promise that every table fits the canonical invoice."""

from collections.abc import Iterator, Mapping

import pytest

from tallysheet.extract._einvoice import SYNTAXES
from tallysheet.extract._einvoice._path import Path
from tallysheet.extract._einvoice._terms import Group, Plan, Syntax, _kind
from tallysheet.extract._einvoice._xml import parse
from tallysheet.model import Invoice, Term

TREE = """<root xmlns:x="urn:x">
  <x:A kind="one"><B>1</B><B>2</B></x:A>
  <A kind="Two"><B/><C>3</C></A>
  <A><B> </B><D/></A>
</root>"""

PATHS = [
    ("A/B", ["1", "2", "", " "]),
    ("A/@kind", ["one", "Two", ""]),
    ("./A[@kind=one]/B", ["1", "2"]),
    ("A[@kind=two]/C", ["3"]),  # in any case
    ("A[@kind!=]/@kind", ["one", "Two"]),
    ("A[@kind=]/B", [" "]),
    ("A[@kind=one|two][C!=]/C", ["3"]),
    ("A[C|B!=]/@kind", ["one", "Two"]),
    ("A[C|B=]/B", [" "]),
    ("A[@kind=$mine]/B", ["1", "2"]),
    ("A[@kind!=$mine]/C", ["3"]),
    ("A[@kind=$unknown]/B", []),
    ("A[@kind!=$unknown]/C", ["3"]),
    ("E/F", []),
]


@pytest.mark.parametrize(("path", "expected"), PATHS)
def test_a_path_finds_what_it_says(path: str, expected: list[str]) -> None:
    """Names in any namespace, attributes, and conditions."""
    found = Path.compile(path).values(parse(TREE), {"mine": "ONE"})

    assert [raw.text for raw in found] == expected


@pytest.mark.parametrize("written", ["A[B=C", "A//B", "/A", "A B", "A[B]=C"])
def test_a_slip_in_a_path_is_refused_when_it_is_compiled(written: str) -> None:
    """A path that means nothing must not quietly find nothing."""
    with pytest.raises(ValueError, match="not a path"):
        Path.compile(written)


def fields(plan: Plan, model: type[Term], prefix: str = "") -> Iterator[str]:
    """The field paths of *model* that *plan* has no rule for."""
    for name, field in model.model_fields.items():
        rule = plan.get(name)
        if rule is None:
            yield prefix + name
        elif isinstance(rule, Group):
            yield from fields(rule.plan, _kind(field.annotation), f"{prefix}{name}.")


def under(prefix: str, names: str) -> set[str]:
    """Several field paths that begin alike."""
    return {prefix + name for name in names.split()}


ITALY = {
    *("allowances", "period", "sales_order", "tax_currency", "tax_point_date"),
    *under("buyer.", "contact customer_number ids legal_id trade_name url"),
    *under("seller.", "contact.name endpoint ids trade_name url"),
    *under("buyer.address.", "line2 line3"),
    *under("seller.address.", "line2 line3"),
    *under("lines.", "allowances buyer_sku charges description note price_base_quantity"),
    *under("totals.", "allowances charges lines paid prior_balance tax_in_tax_currency"),
}

SILENT: Mapping[str, set[str]] = {
    "CrossIndustryInvoice": {
        *("seller.url", "buyer.url"),
        *under("totals.", "prior_balance stamp_duty withheld"),
    },
    "Invoice": {"totals.stamp_duty"},
    "CreditNote": {"totals.stamp_duty"},
    "FatturaElettronica": {
        *ITALY,
        *under("payment.", "accounts.name creditor_id debited_iban mandate terms"),
    },
    "FatturaElettronicaSemplificata": {
        *ITALY,
        *("buyer_reference", "charges", "contract", "delivery_date", "despatch_advice"),
        *("due_date", "notes", "payee", "payment", "project", "purchase_order", "ship_to"),
        *under("lines.", "amount gross_price gtin id period price_discount quantity"),
        *under("lines.", "seller_sku unit unit_price"),
        *("taxes.base", *under("totals.", "due net rounding withheld")),
    },
    "CrossIndustryDocument": {
        *("seller.url", "buyer.url"),
        *under("totals.", "prior_balance stamp_duty withheld"),
        *("tax_point_date", "sales_order", "project"),
    },
}
"""What a syntax has no place for."""

NOBODY = {"seller.customer_number"}
"""What no syntax has a place for."""


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.root)
def test_a_table_covers_every_term_that_its_syntax_has(syntax: Syntax) -> None:
    """A field added to the canonical invoice is missed here until each table has a path for it."""
    missing = {
        path
        for path in fields(syntax.plan, Invoice)
        if not path.startswith(("payee.", "ship_to."))  # of these only name and place matter
    }

    assert missing == NOBODY | SILENT[syntax.root]
