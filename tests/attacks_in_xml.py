"""E-invoices with an order where their authors may write what they like, and nobody looks."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from fpdf import FPDF

from samples._cii import write_cii
from samples._ubl import write_ubl
from tallysheet.model import Invoice

Put = Callable[[str, str], str]
"""Puts an order into an e-invoice: its text, and the order."""
MADE = datetime(2026, 3, 5, 9, tzinfo=UTC)


def ubl(truth: Mapping[str, Any], put: Put, order: str) -> bytes:
    """*truth* in UBL, with the order in it."""
    return put(write_ubl(_invoice(truth)).decode(), order).encode()


def cii(truth: Mapping[str, Any], put: Put, order: str) -> bytes:
    """The same as Cross Industry Invoice."""
    return put(write_cii(_invoice(truth)).decode(), order).encode()


def hybrid(pdf: FPDF, xml: bytes) -> bytes:
    """*pdf* with the e-invoice inside."""
    pdf.embed_file(bytes=xml, basename="factur-x.xml", mime_type="text/xml", creation_date=MADE)
    return bytes(pdf.output())


def _invoice(truth: Mapping[str, Any]) -> Invoice:
    """With what an e-invoice has to say besides."""
    totals = truth["totals"]
    tax = {"category": "S", "rate": "19", "base": totals["net"], "amount": totals["tax"]}
    rates = {"vat_category": "S", "vat_rate": "19"}
    return Invoice.model_validate(
        {
            **truth,
            "kind": "380",
            "buyer": {"name": "Southwind Ltd"},
            "payment": {**truth["payment"], "means_code": "58", "terms": "30 days"},
            "totals": {"lines": totals["net"], "due": totals["gross"], **totals},
            "taxes": [tax],
            "lines": [
                {"quantity": "1", "unit_price": one["amount"], **rates, **one}
                for one in truth["lines"]
            ],
        }
    )


class Place(NamedTuple):
    """Where a root begins and ends, and where the number of the invoice stands."""

    root: int
    inside: int
    end: int


def _place(xml: str) -> Place:
    root = xml.index("<", xml.index("?>"))
    return Place(root, xml.index(">", root) + 1, xml.rindex("</"))


def _before(what: str) -> Put:
    """Before the root."""
    return lambda xml, order: xml[: _place(xml).root] + what.format(order) + xml[_place(xml).root :]


def _first(what: str) -> Put:
    """As the first thing in the root."""
    return lambda xml, order: (
        xml[: _place(xml).inside] + what.format(escape(order)) + xml[_place(xml).inside :]
    )


def _after(what: str) -> Put:
    """After the root."""
    return lambda xml, order: xml.rstrip() + what.format(order)


def _in_number(what: str) -> Put:
    """In the middle of the number of the invoice."""
    return lambda xml, order: xml.replace(">NW-", f">NW{what.format(order)}-", 1)


def _on_number(xml: str, order: str) -> str:
    """As an attribute of the number of the invoice."""
    return xml.replace("ID>NW-", f"ID schemeName={quoteattr(order)}>NW-", 1)


def _encoded(xml: str, order: str) -> str:
    """As a file in base 64, in an element that no standard knows."""
    return _first("<Attached>{}</Attached>")(xml, base64.b64encode(order.encode()).decode())


PUT: Mapping[str, Put] = {
    "comment": _before("<!-- {} -->"),
    "comment within": _first("<!-- {} -->"),
    "comment in the number": _in_number("<!-- {} -->"),
    "comment at the end": _after("<!-- {} -->"),
    "instruction": _before("<?tallysheet {}?>"),
    "instruction in the number": _in_number("<?report {}?>"),
    "style sheet": _before('<?xml-stylesheet href="https://x.test/?{}"?>'),
    "element that nobody knows": _first("<System>{}</System>"),
    "file inside": _encoded,
    "attribute": _on_number,
    "section of characters": _first("<Note><![CDATA[{}]]></Note>"),
}
"""Where the order stands."""
