"""A name that a stranger chose does no harm, wherever it ends up."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.parse.members._names import MOST_BYTES, MOST_PARTS, safe, unique
from tallysheet.store._keys import parts_of

NASTY = st.text(
    st.sampled_from("aÄ/\\.:#~ \0\n\x1b\u202e\u200b\u0308\ufeff\ud800\U000e0041CON1-%")
    | st.characters(),
    max_size=300,
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("2026/rechnung.pdf", "2026/rechnung.pdf"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\Eva\\Rechnung 5.pdf", "Users/Eva/Rechnung 5.pdf"),
        ("\\\\server\\share\\a.pdf", "server/share/a.pdf"),
        ("a/./b//c.pdf", "a/b/c.pdf"),
        ("...", ""),
        ("", ""),
        ("a\0.pdf", "a.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ("zero\u200bwidth.pdf", "zerowidth.pdf"),
        ("a\r\nBcc: x.pdf", "a Bcc_ x.pdf"),
        ("mail.eml#1.pdf", "mail.eml_1.pdf"),
        (".hidden.pdf", "hidden.pdf"),
        ("a.pdf. ", "a.pdf"),
        ("aux.pdf", "_aux.pdf"),
        ("pages=3-4", "_pages=3-4"),
        ("Mu\u0308ller.pdf", "M\u00fcller.pdf"),
        ("Rechnung\u00a0Nr. 5\t.pdf", "Rechnung Nr. 5.pdf"),
        ("請求書.pdf", "請求書.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("ü" * 300 + ".pdf", "ü" * 58 + ".pdf"),
        ("a.tallysheet/b.pdf", "a_tallysheet/b.pdf"),
    ],
)
def test_a_name_stays_readable_and_leads_nowhere(name: str, wanted: str) -> None:
    """Folders are kept, tricks are not."""
    assert safe(name) == wanted


@given(NASTY)
def test_any_name_comes_out_safe(name: str) -> None:
    """As a key, on a terminal, on a disk; and safe as it is already."""
    made = safe(name)

    if not made:
        return
    assert parts_of(f"mail.eml#{made}", where="a store")
    assert made.isprintable()
    assert unicodedata.is_normalized("NFC", made)
    assert len(made.encode()) <= MOST_BYTES
    assert made.count("/") < MOST_PARTS
    assert not re.search(r'[#\\<>:"|?*]', made)
    for part in made.split("/"):
        assert part.strip(" .") == part
        assert part not in ("", ".", "..")
    assert safe(made) == made


@given(st.lists(NASTY.map(safe) | st.sampled_from(["a.pdf", "A.pdf", "a-2.pdf", "a-3.pdf"])))
def test_no_two_members_have_one_name(names: list[str]) -> None:
    """Also where case does not count; and the first of each keeps its own."""
    made = list(unique(names))

    assert len({name.casefold() for name in made}) == len(names)
    assert made == list(unique(names))
    assert all(len(name.encode()) <= MOST_BYTES + 8 for name in made)
    for name in made:
        assert name == safe(name) or not safe(name)
