"""The generator of sample invoices: exact truth, visible on the page, the same each time."""

import io
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, combinations, pairwise, product
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from lxml import etree
from PIL import Image, ImageChops, ImageStat
from stdnum import iban
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as british_vat

from samples import KINDS, Sample, demo_set, many, mix
from samples._chance import Chance
from samples._cii import write_cii
from samples._country import CODES, country
from samples._hidden import LAYER, WAYS, hidden_sample
from samples._looks import LOOKS, look_of
from samples._sample import as_e_invoice, pdf_sample
from samples._scan import Wear, pictures_of
from samples._supplier import Supplier, make_supplier
from samples._tongue import language
from samples._truth import Plan, make_invoice
from samples._ubl import write_ubl
from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.model import Invoice, Line, Term
from tallysheet.validate import validate

ROOT = Path(__file__).parents[2]
DEMO = {sample.name: sample for sample in demo_set()}
WRONG = "Rechnung 1187-26.pdf"
HYBRID = "Küchenstudio Löwenzahn - Rechnung 118.pdf"
UBL = "26-00815.xml"
BROKEN = "download (3).pdf"
TRUE = [sample for sample in DEMO.values() if sample.truth]
EUROPEAN = [sample for sample in TRUE if sample.truth and sample.truth.currency == "EUR"]
DRAWN = [sample for sample in TRUE if sample.name.endswith(".pdf")]
STREAM = [sample for seed in range(4) for sample in many(25, seed)]

PICTURES = {"scan", "packet", "hidden"}
"""Kinds that may be pictures, or hold more than one sees."""

MIXED = [
    sample
    for seed, lines in ((0, None), (2, (1, 30)), (3, (1, 3)))
    for sample in mix(27, seed, kinds=sorted(KINDS.keys() - PICTURES), lines=lines)
    if sample.truth and len(sample.truth.lines) < 120
]
PAPER = [sample for sample in MIXED if sample.name.endswith(".pdf")]
PACKETS = [*mix(12, 5, kinds=["packet"]), *mix(3, 6, kinds=["packet"], lines=(20, 60))]

CODED = {"kind", "country", "unit", "category", "vat_category", "means_code"}
"""What a page shows in other words, or not at all."""

SYMBOLS = {"CHF": "Fr.", "EUR": "€", "GBP": "£", "USD": "$"}

CENT = Decimal("0.01")

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pt")

MONTHS = {
    number: "|".join(language(code).months[number - 1] for code in LANGUAGES)
    for number in range(1, 13)
}


class Wordy(Chance):
    """Takes the longest of all choices, and everything that is optional."""

    def choice(self, options: Sequence[object]) -> object:
        """The one with most letters."""
        return max(options, key=lambda option: len(str(option)))

    def random(self) -> float:
        """Low enough for every coin to fall on its head."""
        return 0.0

    def randrange(self, *args: int) -> int:
        """The last that is possible."""
        return max(args) - 1


def wordy(code: str, look: str, trade: str) -> Sample:
    """The widest invoice that there can be in a country and a look."""
    chance = Wordy("wordy")
    supplier = make_supplier(chance, code, look=look, trade=trade)
    plan = Plan(lines=6, credit_note=True, discount=Decimal("12.5"), deposit=Decimal(50))
    plan = replace(plan, freight=True, extras=True, mixed=trade == "office")
    invoice = make_invoice(chance, supplier, plan)
    return pdf_sample(f"{code}-{look}-{trade}", supplier, invoice, "")


WORDY = [wordy(*choice) for choice in product(CODES, LOOKS, ("kitchen", "office"))]


def name_of(sample: Sample) -> str:
    """The name of a sample, as the name of a test."""
    return sample.name


def truth_of(name: str) -> Invoice:
    """What one of the dozen says."""
    truth = DEMO[name].truth
    assert truth
    return truth


def text_of(data: bytes) -> str:
    """The text of all pages, each stretch of white space made one space."""
    return " ".join(texts_of(data))


def values_of(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each single value below *value*, with the name of its field."""
    if isinstance(value, Term):
        for name, inner in value:
            if name not in CODED:
                yield from values_of(inner, name)
    elif isinstance(value, tuple):
        for inner in value:
            yield from values_of(inner, path)
    elif value is not None:
        yield path, value


def notations(value: Decimal) -> str:
    """A pattern for *value* in every notation there is."""
    plain = f"{value.normalize():,f}"
    full = f"{value:,f}"
    marks = ((",", "."), (".", ","), (" ", ","), ("'", "."), ("’", "."))
    forms = {
        form.replace(",", "\0").replace(".", point).replace("\0", group)
        for form in (plain, full)
        for group, point in marks
    }
    return r"(?<![\d.,])(?:" + "|".join(map(re.escape, sorted(forms))) + r")(?!\d)"


def dates(value: date) -> str:
    """A pattern for *value* in every notation there is."""
    day, month, year = value.day, value.month, value.year
    short = rf"{day:02}[./-]{month:02}[./-]{year}|{month:02}/{day:02}/{year}|{value}"
    names = MONTHS[month]
    return rf"{short}|\b{day}\.? (?:de )?(?:{names}) (?:de )?{year}|(?:{names}) {day}, {year}"


def is_shown(field: str, value: object, text: str) -> bool:
    """Whether *text* shows *value*."""
    if isinstance(value, Decimal):
        return re.search(notations(value), text) is not None
    if isinstance(value, date):
        return re.search(dates(value), text) is not None
    if field == "currency":
        return str(value) in text or SYMBOLS.get(str(value), str(value)) in text
    if field == "iban":
        return str(value) in text.replace(" ", "")
    return str(value) in text


def sums_of(invoice: Invoice) -> tuple[Decimal, ...]:
    """Lines, net, VAT and what is due, added up anew; net and VAT for the gross total."""
    totals = invoice.totals
    lines = sum((line.amount or 0 for line in invoice.lines), Decimal(0))
    less = sum((row.amount or 0 for row in invoice.allowances), Decimal(0))
    less -= sum((row.amount or 0 for row in invoice.charges), Decimal(0))
    tax = sum((row.amount or 0 for row in invoice.taxes), Decimal(0))
    assert totals.gross is not None
    return lines, lines - less, tax, lines - less + tax, totals.gross - (totals.paid or 0)


def extra_of(line: Line) -> Decimal:
    """What a line costs beyond quantity times price."""
    more = sum((row.amount or 0 for row in line.charges), Decimal(0))
    return more - sum((row.amount or 0 for row in line.allowances), Decimal(0))


def texts_of(data: bytes) -> list[str]:
    """The text of each page, each stretch of white space made one space."""
    pages = pdfium.PdfDocument(data)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pages]


def seen(data: bytes) -> list[Image.Image]:
    """Each page as one sees it."""
    return [page.render(scale=1.5).to_pil() for page in pdfium.PdfDocument(data)]


def is_like(one: Image.Image, other: Image.Image) -> bool:
    """Whether no eye can tell two pages apart: no pixel differs by more than one step of 255."""
    extremes = ImageChops.difference(one, other).getextrema()
    return all(most <= 1 for _, most in extremes)


def plain(text: str) -> str:
    """*text* with no space that is not a plain one."""
    return text.replace("\xa0", " ")


def test_the_dozen_is_the_dozen_that_people_have() -> None:
    """Seven languages' countries, four currencies, a hybrid, an XML file and a broken one."""
    countries = {sample.truth.seller.address.country for sample in TRUE if sample.truth}
    currencies = {sample.truth.currency for sample in TRUE if sample.truth}

    assert len(DEMO) == 12
    assert countries == {"CH", "DE", "ES", "FR", "GB", "IT", "NL", "PT", "US"}
    assert currencies == {"CHF", "EUR", "GBP", "USD"}
    assert {name for name, sample in DEMO.items() if sample.truth is None} == {BROKEN}


def test_one_seed_gives_the_same_files_in_every_process(tmp_path: Path) -> None:
    """Neither the clock nor the order of sets leaves a trace."""
    command = [sys.executable, str(ROOT / "examples" / "samples"), str(tmp_path), "--seed", "0"]

    subprocess.run(command, check=True, capture_output=True, env={"PYTHONHASHSEED": "7"})

    written = {path.name: path.read_bytes() for path in (tmp_path / "invoices").iterdir()}
    assert written == {name: sample.data for name, sample in DEMO.items()}
    truth = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert truth == [line for sample in DEMO.values() for line in sample.lines()]


def test_another_seed_gives_other_invoices() -> None:
    """No sample of the dozen is fixed."""
    other = demo_set(1)

    assert all(sample.data != DEMO[sample.name].data for sample in other)


def test_a_longer_stream_begins_like_a_shorter_one() -> None:
    """A figure measured on a thousand documents includes those of the first hundred."""
    assert list(many(5)) == STREAM[:5]


@pytest.mark.parametrize("sample", [*TRUE, *STREAM[:30], *MIXED], ids=name_of)
def test_lines_and_vat_rows_are_right_to_the_cent(sample: Sample) -> None:
    """Quantity times price, and base times rate, rounded half up."""
    assert sample.truth

    for line in sample.truth.lines:
        assert line.quantity is not None
        assert line.unit_price is not None
        worth = (line.quantity * line.unit_price).quantize(CENT, ROUND_HALF_UP)
        assert line.amount == worth + extra_of(line)
    for row in sample.truth.taxes:
        assert row.base is not None
        assert row.rate is not None
        assert row.amount == (row.base * row.rate / 100).quantize(CENT, ROUND_HALF_UP)
    bases = sum((row.base or 0 for row in sample.truth.taxes), Decimal(0))
    assert bases == sample.truth.totals.net


@pytest.mark.parametrize("sample", [*TRUE, *STREAM, *MIXED], ids=name_of)
def test_the_totals_add_up_except_where_they_are_meant_not_to(sample: Sample) -> None:
    """Only the gross total of the one wrong invoice is not net plus VAT."""
    assert sample.truth
    totals = sample.truth.totals

    lines, net, tax, gross, due = sums_of(sample.truth)

    assert (totals.lines, totals.net, totals.tax, totals.due) == (lines, net, tax, due)
    assert (totals.gross == gross) == (sample.name != WRONG)


@pytest.mark.parametrize("sample", [*DRAWN, *STREAM, *WORDY, *PAPER], ids=name_of)
def test_every_value_of_the_truth_stands_on_the_page(sample: Sample) -> None:
    """What nobody can read is not counted against an extractor."""
    text = text_of(sample.data)
    hidden = {"id"} if sample.name == HYBRID or "hybrid" in sample.name else set()

    missing = [
        (field, value)
        for field, value in values_of(sample.truth)
        if field not in hidden and not is_shown(field, value, text)
    ]

    assert missing == []


@pytest.mark.parametrize("sample", [*DRAWN, *STREAM, *WORDY, *PAPER], ids=name_of)
def test_no_text_leaves_the_page_or_lies_on_other_text(sample: Sample) -> None:
    """Each piece of text has room around it, and lies ten points from every edge."""
    pages = pdfium.PdfDocument(sample.data)
    for at in range(len(pages)):
        width, height = pages[at].get_size()
        texts = pages[at].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT])
        boxes = [text.get_bounds() for text in texts]

        for left, bottom, right, top in boxes:
            assert min(left, bottom, width - right, height - top) > 10
        for one, other in combinations(boxes, 2):
            across = max(one[0], other[0]) - min(one[2], other[2])
            upwards = max(one[1], other[1]) - min(one[3], other[3])
            assert across > 2 or upwards > 0, (one, other)


def test_the_long_one_goes_on_on_a_second_page() -> None:
    """44 lines on two pages, each with the headings and its number."""
    sample = DEMO["factura_F26-3307.pdf"]
    assert sample.truth

    pages = pdfium.PdfDocument(sample.data)
    texts = [pages[at].get_textpage().get_text_range() for at in range(len(pages))]

    assert len(sample.truth.lines) == 44
    assert len(texts) == 2
    assert all("F26-3307" in text for text in texts)
    assert "1/2" in texts[0] or "1 de 2" in texts[0]


def test_the_special_ones_are_what_their_notes_say() -> None:
    """A credit note, a discount, reverse charge and a part payment are in the truth."""
    credit = truth_of("creditnota_20260077.pdf")
    discount = truth_of("Facture F2026-0193.pdf")
    reverse = truth_of("Fattura 214-2026.pdf")
    partly = truth_of("SI004418 part paid.pdf")

    assert credit.kind == "381"
    assert credit.preceding_invoices
    assert len(discount.allowances) == len(discount.taxes) == 2
    assert [(row.category, row.amount) for row in reverse.taxes] == [("AE", 0)]
    assert partly.totals.paid
    assert partly.totals.due != partly.totals.gross


def test_the_hybrid_carries_its_truth_as_factur_x() -> None:
    """The embedded XML is well formed, declared as an alternative, and says the same."""
    sample = DEMO[HYBRID]
    attachment = pdfium.PdfDocument(sample.data).get_attachment(0)
    xml = bytes(attachment.get_data())

    draft = read_e_invoice(xml.decode())

    assert attachment.get_name() == "factur-x.xml"
    assert b"/AFRelationship /Alternative" in sample.data
    assert etree.fromstring(xml).tag.endswith("CrossIndustryInvoice")
    assert (draft.invoice, draft.warnings) == (sample.truth, ())


@pytest.mark.parametrize("sample", [*EUROPEAN, *MIXED], ids=name_of)
def test_both_syntaxes_carry_all_that_an_invoice_says(sample: Sample) -> None:
    """Discounts, surcharges, reverse charge and credit notes survive writing and reading."""
    assert sample.truth
    invoice = as_e_invoice(sample.truth)
    write = [write_cii] if invoice.kind == "381" else [write_cii, write_ubl]

    drafts = [read_e_invoice(to_xml(invoice).decode()) for to_xml in write]

    assert all(draft.invoice == invoice for draft in drafts)


@pytest.mark.parametrize("sample", [*TRUE, *STREAM, *MIXED], ids=name_of)
def test_validation_finds_no_fault_but_the_one_that_was_made(sample: Sample) -> None:
    """Who made the samples and who checks them agree on what an invoice is."""
    assert sample.truth

    codes = {finding.code for finding in validate(sample.truth, required=("number", "buyer"))}

    assert codes == ({"sum.gross"} if sample.name == WRONG else set())


def test_the_ubl_file_says_what_its_truth_says() -> None:
    """An XML file on its own is an invoice, too."""
    sample = DEMO[UBL]

    draft = read_e_invoice(sample.data.decode())

    assert (draft.invoice, draft.warnings) == (sample.truth, ())


def test_the_broken_one_cannot_be_opened() -> None:
    """Half a PDF is no PDF."""
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument(DEMO[BROKEN].data)


@pytest.mark.parametrize("code", CODES)
def test_made_up_numbers_pass_the_checks_of_their_country(code: str) -> None:
    """No sample is sent to a person for a check digit."""
    checks = {"CH": swiss_vat.is_valid, "GB": british_vat.is_valid}
    is_valid = checks.get(code, eu_vat.is_valid)
    chance = Chance.of("numbers", code)

    for _ in range(50):
        account = country(code).account(chance)
        party = country(code).company(chance, "office")

        assert (account is None) == (party.vat_id is None) == (code == "US")
        assert account is None or iban.is_valid(account.iban)
        assert party.vat_id is None or is_valid(party.vat_id)
        assert not validate(Invoice(seller=party), required=())


def test_a_stream_is_of_one_page_each() -> None:
    """Documents for a bench are cheap to read."""
    assert {len(pdfium.PdfDocument(sample.data)) for sample in STREAM} == {1}


def test_a_mix_has_every_kind_and_no_number_twice() -> None:
    """So that nothing is taken for a copy of another; each file holds what its kind says."""
    samples = list(mix(3 * len(KINDS), 7, lines=(1, 5)))
    invoices = [truth for sample in samples for truth in sample.truths.values() if truth]

    numbers = [(invoice.seller.name, invoice.number) for invoice in invoices]

    assert {name for sample in samples for name in KINDS if name in sample.name} == set(KINDS)
    assert len(set(numbers)) == len(numbers) > len(samples)
    assert all(len(invoice.lines) <= 5 for invoice in invoices)
    assert any(invoice.charges for invoice in invoices)
    assert any(line.allowances for invoice in invoices for line in invoice.lines)
    assert len({sample.truth.currency for sample in MIXED if sample.truth}) >= 8
    assert {"AE", "E", "G", "K", "S", "Z"} == {
        row.category for sample in MIXED if sample.truth for row in sample.truth.taxes
    }


def test_a_mix_is_the_same_in_every_process_and_begins_like_a_shorter_one(tmp_path: Path) -> None:
    """Noise on scans and hidden text included."""
    command = [sys.executable, str(ROOT / "examples" / "samples"), str(tmp_path), "--seed", "4"]
    kinds = ["scan", "hidden", "packet", "mixed"]
    options = [word for kind in kinds for word in ("--kind", kind)] + ["--lines", "2-3"]

    subprocess.run(
        [*command, "--count", "8", *options],
        check=True,
        capture_output=True,
        env={"PYTHONHASHSEED": "7"},
    )

    samples = list(mix(11, 4, kinds=kinds, lines=(2, 3)))[:8]
    written = {path.name: path.read_bytes() for path in (tmp_path / "invoices").iterdir()}
    assert written == {sample.name: sample.data for sample in samples}
    truth = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert truth == [line for sample in samples for line in sample.lines()]


@pytest.mark.parametrize(
    "options",
    [["--count", "0"], ["--count", "3", "--lines", "9-2"], ["--kind", "scan"], ["--kind", "x"]],
    ids=" ".join,
)
def test_what_cannot_be_made_is_said(tmp_path: Path, options: list[str]) -> None:
    """In a sentence, before anything is written."""
    command = [sys.executable, str(ROOT / "examples" / "samples"), str(tmp_path / "out")]

    ran = subprocess.run([*command, *options], capture_output=True, text=True)

    assert ran.returncode == 2
    assert options[-2] in ran.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sample", PACKETS, ids=name_of)
def test_each_part_of_a_packet_stands_on_its_pages_and_no_page_is_left(sample: Sample) -> None:
    """Keys name the pages of each part; scanned ones have as many."""
    count = len(pdfium.PdfDocument(sample.data))
    texts = texts_of(sample.data)
    ranges = []

    for key, truth in sample.truths.items():
        first, last = map(int, key.removeprefix(f"{sample.name}#pages=").split("-"))
        ranges += range(first, last + 1)
        text = " ".join(texts[first - 1 : last])
        assert truth
        missing = [pair for pair in values_of(truth) if not is_shown(*pair, text)]
        assert missing == [] or "Scanned" in sample.note

    assert len(sample.truths) >= 2
    assert ranges == list(range(1, count + 1))


def long_one(code: str, *, counts: str = "long", carries: bool = True) -> tuple[Supplier, Invoice]:
    """An invoice of many pages."""
    chance = Chance.of("long", code)
    supplier = make_supplier(chance, code, look=f"long/{code}")
    supplier = replace(supplier, counts=counts, carries=carries)
    return supplier, make_invoice(chance, supplier, Plan(lines=150))


@pytest.mark.parametrize("code", CODES)
def test_each_page_of_a_long_one_says_what_was_carried_over_to_it(code: str) -> None:
    """Headings again, what the lines came to at the turn on both sides of it, and its number."""
    supplier, invoice = long_one(code)
    words, write = supplier.words, supplier.notation
    sums = list(accumulate(line.amount or Decimal(0) for line in invoice.lines))

    texts = texts_of(pdf_sample("long.pdf", supplier, invoice, "").data)

    assert len(texts) > 3
    for page, (text, later) in enumerate(pairwise(texts), start=1):
        carried = words["carried"].format(to=page + 1)
        brought = words["brought"].format(n=page)
        said = [one for one in sums if plain(f"{carried} {write.cell(one)}") in text]
        assert said
        assert plain(f"{brought} {write.cell(said[-1])}") in later
        assert words["page"].format(n=page, of=len(texts)) in text
    assert all(text.count(words["amount"]) >= 1 for text in texts)


def test_whoever_counts_no_pages_and_carries_nothing_over_does_neither() -> None:
    """As in packets whose pages do not say to which invoice they belong."""
    supplier, invoice = long_one("DE", counts="never", carries=False)

    text = text_of(pdf_sample("long.pdf", supplier, invoice, "").data)

    assert "Seite" not in text
    assert "Übertrag" not in text
    assert len(invoice.lines) == 150


def test_layouts_are_mixed_and_each_stays_what_it_is() -> None:
    """A supplier of a mix keeps to a layout of its own."""
    looks = [look_of(f"0/{at}") for at in range(36)]

    assert len(set(map(repr, looks))) > 30
    assert looks == [look_of(f"0/{at}") for at in range(36)]


ONE = Plan(lines=3, number="RE-7781")


@pytest.mark.parametrize("code", ["DE", "US", "CH"])
@pytest.mark.parametrize("way", sorted(set(WAYS) - {LAYER}))
def test_hidden_text_is_in_the_file_and_changes_nothing_that_one_sees(code: str, way: str) -> None:
    """So the truth is that of the page without it."""
    supplier = make_supplier(Chance.of(code), code, look="band")
    invoice = make_invoice(Chance.of(1), supplier, ONE)

    before = pdf_sample("before.pdf", supplier, invoice, "")
    attack = hidden_sample("attack.pdf", supplier, invoice, way=way, chance=Chance.of(2))

    lie = attack.note.rpartition(": ")[2]
    assert attack.truth == invoice
    assert all(map(is_like, seen(attack.data), seen(before.data)))
    assert is_in(lie, attack.data)
    assert not is_in(lie, before.data)


def is_in(lie: str, data: bytes) -> bool:
    """Whether *lie* is in a file: on its pages, in its title, or in what is to be read out."""
    title = pdfium.PdfDocument(data).get_metadata_dict().get("Title", "")
    streams = re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)
    spoken = b"".join(re.findall(rb"/ActualText <FEFF(\w+)>", b"".join(map(unpacked, streams))))
    read = bytes.fromhex(spoken.decode()).decode("utf-16-be")
    shown = "".join(chr(ord(char) % 0xE0000) for char in read if char != "\N{ZERO WIDTH SPACE}")
    told = plain(f"{text_of(data)} {title} {shown}")
    return any(plain(one) in told for one in (lie, lie.encode("ascii", "ignore").decode()))


def unpacked(stream: bytes) -> bytes:
    """What a stream of a file holds."""
    with suppress(zlib.error):
        return zlib.decompress(stream)
    return stream


def test_the_layer_of_a_scan_may_say_other_things_than_the_picture() -> None:
    """The truth is that of the picture; the words below it are those of another invoice."""
    supplier = make_supplier(Chance.of("DE"), "DE", look="letter")
    invoice = make_invoice(Chance.of(1), supplier, ONE)
    attack = hidden_sample("attack.pdf", supplier, invoice, way=LAYER, chance=Chance.of(2))

    text = text_of(attack.data)

    assert attack.truth == invoice
    assert str(invoice.number) in text
    assert not is_shown("iban", invoice.payment.accounts[0].iban, text)
    assert not is_shown("gross", invoice.totals.gross, text)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_scan_is_its_page_turned_and_worn(turned: int) -> None:
    """Turned back it is the page it was made of, only worn; turned otherwise it is not."""
    sample = STREAM[0]
    wear = Wear(dpi=72, turned=turned, askew=0.5, blur=0.4, noise=40, quality=60)
    clean = pdfium.PdfDocument(sample.data)[0].render(scale=1).to_pil().convert("L")

    (worn,) = pictures_of(sample.data, Chance.of(1), wear)

    picture = Image.open(io.BytesIO(worn))
    off = {}
    for back in (0, 90, 180, 270):
        turned_back = picture.rotate(-back, expand=True).resize(clean.size)
        off[back] = ImageStat.Stat(ImageChops.difference(turned_back, clean)).mean[0]
    assert min(off, key=lambda back: off[back]) == turned
    assert 1 < off[turned] < 20


def test_two_scans_of_a_page_are_never_the_same() -> None:
    """Noise differs from one to the other, and from seed to seed stays what it is."""
    data, wear = STREAM[0].data, Wear(dpi=72, noise=40)

    one, again, other = (next(pictures_of(data, Chance.of(seed), wear)) for seed in (1, 1, 2))

    assert one == again
    assert one != other
