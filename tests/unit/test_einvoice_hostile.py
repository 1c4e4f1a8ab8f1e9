"""XML that attacks, and XML that is only broken: a clear refusal, never a crash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.extract._einvoice import _reader, _xml, read_e_invoice

SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd"
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


def ubl(inside: str = "<ID>1</ID>", attribute: str = "") -> str:
    """The smallest invoice around *inside*."""
    return f'<Invoice xmlns="{SCHEMA}:Invoice-2" {attribute}>{inside}</Invoice>'


DOCTYPES = {
    "a file by an entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "a server by an entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]>',
    "an external type": '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
    "a billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>',
    "a harmless one": "<!DOCTYPE Invoice>",
    "behind a declaration": '<?xml version="1.0"?>\n<!-- <Invoice/> -->\n<?a b?>\n<!DOCTYPE a>',
    "behind a mark": "\ufeff<!DOCTYPE a>",
}

BROKEN = {
    "nothing": "",
    "space": " \n\t",
    "words": "Dear Sir or Madam",
    "cut off": ubl()[:-3],
    "an unknown entity": ubl("<ID>&x;</ID>"),
    "a zero byte": ubl("<ID>\0</ID>"),
    "half a character": ubl("<ID>\ud800</ID>"),
    "an endless comment": "<!-- " + ubl(),
    "an endless instruction": "<?xml " + ubl(),
    "two roots": ubl() + ubl(),
    "a type below the root": ubl("<!DOCTYPE a>"),
}

UNKNOWN = {
    "a web page": "<html><body/></html>",
    "an invoice of another kind": "<Invoice><ID>1</ID></Invoice>",
    "an order": f'<Order xmlns="{SCHEMA}:Order-2"/>',
}

LARGE = {
    "deep": "<a>" * 100_000 + "</a>" * 100_000,
    "one long text": ubl(f"<ID>{'x' * 11_000_000}</ID>"),
    "one long attribute": ubl(attribute=f'a="{"x" * 11_000_000}"'),
    "too many bytes": ubl("<a/>" * (_xml.MOST_BYTES // 4)),
    "too many bytes in UTF-8": ubl(("<a>" + "ü" * 1_000 + "</a>") * (_xml.MOST_BYTES // 2_000)),
    "too many lines": ubl("<InvoiceLine/>" * (_reader.MOST_TERMS + 1)),
    "too many notes": ubl("<Note>a</Note>" * (_reader.MOST_TERMS + 1)),
}


TERMS = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradePaymentTerms"
OPENED = "".join(f"<{name}>" for name in TERMS.split("/"))
CLOSED = "".join(f"</{name}>" for name in reversed(TERMS.split("/")))
LARGE["too many texts in one value"] = (
    '<CrossIndustryInvoice xmlns="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">'
    f"{OPENED}{'<Description>a</Description>' * (_reader.MOST_TERMS + 1)}{CLOSED}"
    "</CrossIndustryInvoice>"
)


def reason(xml: str) -> str:
    """Why *xml* is refused."""
    with pytest.raises(DocumentError) as caught:
        read_e_invoice(xml)
    assert caught.value.fix
    return caught.value.reason


@pytest.mark.parametrize("doctype", DOCTYPES.values(), ids=DOCTYPES)
def test_a_document_type_is_refused_before_it_is_parsed(doctype: str) -> None:
    """Whatever it declares, no invoice needs one."""
    assert reason(doctype + ubl("<ID>&x;</ID>")) == "xml_forbidden"


@pytest.mark.parametrize("xml", BROKEN.values(), ids=BROKEN)
def test_what_is_not_well_formed_is_corrupt(xml: str) -> None:
    """With a sentence that says so."""
    assert reason(xml) == "corrupt_xml"


@pytest.mark.parametrize("xml", UNKNOWN.values(), ids=UNKNOWN)
def test_another_root_is_not_supported(xml: str) -> None:
    """Name and namespace count: not all that is called Invoice is one."""
    assert reason(xml) == "unsupported_xml"


@pytest.mark.parametrize("xml", LARGE.values(), ids=LARGE)
def test_what_passes_a_bound_is_too_large(xml: str) -> None:
    """Depth, length and number are bounded, so work and memory are."""
    assert reason(xml) == "too_large"


@pytest.mark.parametrize(
    "element",
    [
        '<cbc:EmbeddedDocumentBinaryObject xmlns:cbc="a" mimeCode="application/pdf">',
        "<AttachmentBinaryObject>",
        "<Attachment>",
    ],
)
def test_a_large_attachment_is_no_hindrance(element: str) -> None:
    """It may be longer than any text that the parser takes; nobody here reads it."""
    end = element.split()[0].rstrip(">").replace("<", "</") + ">"
    attached = element + ("JVBERi0x" * 9 + "\n") * 200_000 + end

    draft = read_e_invoice(ubl(f"<ID>1</ID>{attached}<Note>kept</Note>"))

    assert (draft.invoice.number, draft.invoice.notes) == ("1", ("kept",))


def test_cutting_attachments_out_takes_no_time_over_what_only_looks_like_one() -> None:
    """A million beginnings without an end are gone through once, and then refused."""
    xml = ubl("<Attachment>" * 400_000)

    assert reason(xml) == "too_large"


def test_a_document_type_in_a_text_is_a_text() -> None:
    """Only a real one is refused, not one that an invoice for web design quotes."""
    draft = read_e_invoice(ubl("<Note><![CDATA[<!DOCTYPE html>]]></Note><!-- <!DOCTYPE a> -->"))

    assert draft.invoice.notes == ("<!DOCTYPE html>",)


def test_a_comment_does_not_cut_a_value_in_two() -> None:
    """What a person sees without comments is what is read."""
    assert read_e_invoice(ubl("<ID>1<!-- 9 -->2</ID>")).invoice.number == "12"


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "no-such-encoding"])
def test_the_declared_encoding_is_ignored(encoding: str) -> None:
    """The text is decoded already; its declaration tells of bytes that are gone."""
    xml = f'<?xml version="1.0" encoding="{encoding}"?>' + ubl("<ID>Ä-1€</ID>")

    assert read_e_invoice(xml).invoice.number == "Ä-1€"


def test_an_unreadable_value_is_named_and_the_rest_is_read() -> None:
    """The field stays empty, without a citation."""
    draft = read_e_invoice(ubl("<ID>1</ID><IssueDate>2018-13-45</IssueDate>"))

    assert draft.invoice.number == "1"
    assert draft.invoice.issue_date is None
    assert "issue_date" not in draft.citations
    assert draft.warnings == ("issue_date stays empty: “2018-13-45” is not a date.",)


def test_namespaces_that_are_no_addresses_do_no_harm() -> None:
    """Only their names are wrong, as in e-invoices that Italy's exchange has let pass."""
    odd = ubl("<ID>1</ID>", 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#&quot;"')

    assert read_e_invoice(odd).invoice.number == "1"


def test_what_is_broken_beside_an_odd_namespace_stays_broken() -> None:
    """Nothing is repaired: half a document would be read as a whole one."""
    odd = ubl("<ID>1</ID><Note>cut", 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#&quot;"')

    with pytest.raises(DocumentError) as caught:
        read_e_invoice(odd)

    assert caught.value.reason == "corrupt_xml"


def test_many_and_long_unreadable_values_make_few_and_short_warnings() -> None:
    """A hostile document cannot flood the report."""
    amount = "x" * 10_000
    line = (
        f"<InvoiceLine><ID>1</ID><LineExtensionAmount>{amount}</LineExtensionAmount></InvoiceLine>"
    )

    warnings = read_e_invoice(ubl(line * 60)).warnings

    assert len(warnings) == _reader.MOST_WARNINGS + 1
    assert warnings[-1] == "10 more values cannot be read."
    assert max(map(len, warnings)) < 200


NAMES = st.sampled_from(
    [
        *("ID", "IssueDate", "InvoiceLine", "Item", "Price", "TaxTotal", "TaxAmount", "Note"),
        *("LegalMonetaryTotal", "PayableAmount", "AllowanceCharge", "ChargeIndicator", "Amount"),
    ]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
)
ELEMENTS = st.recursive(
    TEXTS,
    lambda inner: st.lists(st.tuples(NAMES, inner), max_size=6).map(
        lambda pairs: "".join(f"<{name}>{inside}</{name}>" for name, inside in pairs)
    ),
    max_leaves=30,
)


@given(st.one_of(st.text(), st.text("<>/!?&;-[]='\"aDOCTYPE \n\ufeff\ud800"), ELEMENTS.map(ubl)))
def test_any_text_is_read_or_refused(xml: str) -> None:
    """No input raises anything but a DocumentError; what is read survives the way as JSON."""
    try:
        draft = read_e_invoice(xml)
    except DocumentError:
        return

    assert draft.model_validate_json(draft.model_dump_json()) == draft
