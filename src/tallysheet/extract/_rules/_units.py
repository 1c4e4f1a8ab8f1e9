"""Units of measure as they are written, and their codes in UN/ECE Recommendation 20."""

from tallysheet.extract._rules._labels import fold

_UNITS = {
    "C62": "stk stck stuck st pcs pc pce ea each piece pieces unit units stuks stuk pz pezzi pezzo"
    " ud uds un und unid unidad unidades unidade piece pieces nos no u unite unites unita nr",
    "HUR": "h std stunde stunden hr hrs hour hours heure heures uur uren ora ore hora horas",
    "DAY": "tag tage day days jour jours dag dagen giorno giorni dia dias",
    "MON": "monat monate month months mois maand maanden mese mesi mes meses mth",
    "ANN": "jahr jahre year years an ans jaar anno anni ano anos",
    "WEE": "woche wochen week weeks semaine semaines weken settimana semana",
    "KGM": "kg kilo kilogramm kilogram",
    "GRM": "g gr gramm gram",
    "TNE": "t to tonne tonnen ton",
    "LTR": "l ltr liter litre litres liters litro litri litros",
    "MTR": "m meter metre metres lfm lfdm metro metri metros ml",
    "MTK": "m2 m² qm mq sqm",
    "MTQ": "m3 m³ cbm mc",
    "KMT": "km kilometer",
    "KWH": "kwh",
    "LS": "psch pauschal pauschale forfait ls lumpsum vb",
    "SET": "set sets satz kit kits",
    "PR": "paar pair pairs paire paio par",
    "XPK": "pack pkg paket packung paquet pak pacco paquete pck pkt",
    "XBX": "box boxes karton ktn boite doos scatola caja cx ct",
    "XPX": "palette paletten pallet pal",
    "XBO": "flasche fl bottle btl bouteille",
}
_CODE_OF = {fold(word): code for code, words in _UNITS.items() for word in words.split()}


def unit_of(text: str) -> str | None:
    """The code of the unit that *text* names, if it is a known one."""
    return _CODE_OF.get(fold(text).strip(".,;:()"))
