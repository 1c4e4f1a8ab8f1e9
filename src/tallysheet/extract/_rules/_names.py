"""How companies, people and places are written: what tells a name from other words."""

import re
from functools import lru_cache

from tallysheet.extract._rules._labels import fold

_FORMS = """
gmbh ag kg ohg ug gbr ek ev eg se kgaa mbh partg sarl sas sasu eurl sa sci snc scop
selarl bv nv vof bvba srl spa sapa sl slu sau slne sll lda unipessoal ltda eireli
mei ltd limited llc inc incorporated corp corporation plc llp lp co company aps as
oy oyj ab asa hb kft zrt doo dd sro spzoo pty pte bhd sdn pvt kb ou uab sia sprl
scrl asbl vzw cv gesmbh gmbhcokg eingetragen eirl sarlu spolka inc. lllp cic ei ska
gie sccl scoop sicav coop cooperativa stichting haftungsbeschrankt dac clg ulc srls
slp sagl pllc pllp pjsc wll fze fzco cvba commv spj spk vereniging verein stiftung
versicherungsverein"""
SUFFIXES = frozenset(_FORMS.split())
"""Legal forms, folded and without points."""

_SHORT_FORMS = """
ag kg se sa as ab co dd ei cv hb kb lp ek ev eg sl bv nv oy ou cic sas spa mei
company stiftung verein"""
_SHORT = frozenset(_SHORT_FORMS.split())
"""Forms that are also words, or parts of them: they count in capitals or as the last word."""

_LOW = frozenset(["bv", "nv"])
"""Forms that the Dutch write in small letters."""

_SALUTATIONS = """
herr herrn frau firma fa an mr mrs ms monsieur madame m mme mlle dhr mevr mw sig
signor signora spett spettle egr sr sra senor senora exmo exma attn att attention
tav zhd za dear to dott dr heer mijnheer"""
SALUTATIONS = frozenset(_SALUTATIONS.split())

COUNTRIES = {
    "DE": "deutschland germany allemagne duitsland germania alemania alemanha",
    "FR": "france frankreich frankrijk francia franca",
    "NL": "nederland netherlands niederlande paysbas holland",
    "BE": "belgie belgique belgium belgien belgio belgica",
    "IT": "italia italy italien italie",
    "ES": "espana spain spanien espagne spanje",
    "PT": "portugal portogallo",
    "AT": "osterreich austria autriche oostenrijk",
    "CH": "schweiz suisse switzerland svizzera zwitserland suiza",
    "GB": "unitedkingdom uk england scotland wales greatbritain grossbritannien royaumeuni",
    "US": "usa unitedstates unitedstatesofamerica",
    "IE": "ireland irland irlande",
    "LU": "luxembourg luxemburg",
    "BR": "brasil brazil brasilien",
    "IN": "india indien inde",
    "PL": "polska poland polen pologne",
    "DK": "danmark denmark danemark",
    "SE": "sverige sweden schweden",
    "NO": "norge norway norwegen",
    "FI": "suomi finland finnland",
    "CA": "canada kanada",
    "AU": "australia australien",
}
COUNTRY_OF = {name: code for code, names in COUNTRIES.items() for name in names.split()}

_FORM_FIRST = re.compile(r"(?:SAS|SASU|SARL|EURL|SCI|SNC|SELARL|EARL|GAEC|SCP|Stichting) +\w")
"""A legal form before the name, as in France."""

STREET = re.compile(
    r"str(?:asse|aat|eet|\b|\.)|strasse\b|weg\b|platz\b|allee\b|gasse\b|ring\b|damm\b|ufer\b|plein\b"
    r"|laan\b|baan\b|steenweg\b|dreef\b|kade\b|gracht\b|\brue\b|\bavenue\b|\bav\b|\bave\b|\bboulevard\b|\bbd\b|\bchemin\b"
    r"|\bplace\b|\ballee\b|\bimpasse\b|\bquai\b|\broute\b|\bvia\b|\bviale\b|\bpiazza\b|\bcorso\b"
    r"|\bcalle\b|\bc/|\bavda\b|\bavenida\b|\bplaza\b|\bpaseo\b|\brua\b|\btravessa\b|\bpraca\b"
    r"|\blargo\b|\broad\b|\brd\b|\bst\b|\blane\b|\bdrive\b|\bway\b|\bcourt\b|\bsuite\b|\bhouse\b"
    r"|\bpo box\b|\bpostfach\b|\bterrace\b|\bpark\b|\bstreet\b|\bblvd\b|\bcarrer\b|\balameda\b"
)
"""Words of streets, on folded text."""

_CITY = r"(?P<city>[^\d,;|•·]{2,40})"
_AFTER_CITY = r"(?:$|[,;|•·(-])"
POSTCODES = tuple(
    re.compile(form)
    for form in (
        r"(?:^|[\s,;|•·-])(?:(?P<land>[A-Z]{1,2})[- ]{1,2})?(?P<code>\d{5})[ ,]{1,2}" + _CITY,
        r"(?:^|[\s,;|•·-])(?P<code>\d{4} ?[A-Z]{2})[ ,]{1,3}" + _CITY,
        r"(?:^|[\s,;|•·-])(?P<code>\d{4}-\d{3})[ ,]{1,2}" + _CITY,
        r"(?P<city>[^\d,;|•·]{2,40}?)[, ]{1,2}(?:(?P<region>[A-Z]{2})|[A-Z][a-z]+)[, ]{1,2}"
        r"(?P<code>\d{5}(?:-\d{4})?)" + _AFTER_CITY,
        r"(?P<city>[^\d,;|•·]{2,40}?)[, ]{1,3}(?P<code>[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b",
        r"(?:^|\b)(?P<code>[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b",
        r"(?:(?P<city>[^\d,;|•·]{2,40}?)[, ]{1,3})?\b(?P<code>[AC-FHKNPRTV-Y]\d[\dW] [A-Z\d]{4})\b",
        r"(?:^|[\s,;|•·-])(?:(?P<land>[A-Z]{1,2})[- ]{1,2})?(?P<code>\d{4})[ ,]{1,2}"
        r"(?P<city>[A-ZÀ-Ý][^\d,;|•·]{1,40})",
        r"(?:CEP:? ?)?(?P<code>\d{5}-\d{3})",
        r"(?P<city>[^\d,;|•·]{2,40}?)[, ]{1,2}(?P<region>[A-Z]{2,3}) (?P<code>\d{4})" + _AFTER_CITY,
    )
)
"""Postcode and city in the ways of Europe and the Americas, on text as it stands."""


_BLURRED = re.compile(r"(?<=\.)[IJ1|](?=\.?$)")
"""The last letter of ``S.r.l.``, as OCR reads it."""
_FORM_SPACED = re.compile(
    r"(?<=\S )(?:[sS]p\. ?z ?o\. ?o\.|[sS]\. ?r\. ?o\.|[dD]\. ?o\. ?o\.|S/B\b|a r\.l\."
    r"|[sS]oc\. [cC]oop\.(?: a r\.l\.)?|S\. ?de R\. ?L\. ?de C\. ?V\.|S\. ?A\. ?de C\. ?V\."
    r"|[sS]p(?:\.|ółka) ?(?:[jk]\.|[jJ]awna|[kK]omandytowa|[aA]kcyjna))"
)
"""Legal forms with spaces or strokes inside."""


def has_suffix(text: str) -> int:
    """After how many characters of *text* a legal form ends; 0 where there is none."""
    end = 0
    spoken = _FORM_SPACED.search(text[:90])
    if spoken:
        return spoken.end()
    if _FORM_FIRST.match(text):
        return len(text[:90].rstrip())
    words = list(re.finditer(r"\S+", text[:90]))
    for at, word in enumerate(words):
        folded = re.sub(r"[^a-z]", "", fold(_BLURRED.sub("l", word.group())))
        if at == 0 or folded not in SUFFIXES or (end and at > 6):
            continue
        if folded in _SHORT and not _stands_as_form(word.group(), at == len(words) - 1):
            continue
        end = word.end()
    return end


def _stands_as_form(word: str, last: bool) -> bool:
    plain = word.strip(",.;:()")
    return plain.isupper() or "." in plain or (last and (plain[:1].isupper() or plain in _LOW))


@lru_cache(maxsize=1024)
def postcode(text: str) -> re.Match[str] | None:
    """Where *text* holds a postcode, with its city where one stands beside it."""
    for form in POSTCODES:
        found = form.search(text[:120])
        if found:
            return found
    return None
