"""The names of months, for whoever reads dates: one table for all of the package."""

from collections import defaultdict
from collections.abc import Mapping

_NAMES = (
    "january jan januar jaenner jaen janner janvier janv januari gennaio gen gennaro enero ene"
    " janeiro stycznia styczen ledna leden tammikuu tammikuuta ianuarie gener",
    "february feb februar fevrier fevr fev febr februari febbraio febbr febrero fevereiro"
    " lutego luty unora unor helmikuu helmikuuta februarie febrer",
    "march mar marz maerz mrz mars maart mrt marzo marco marts marca marzec brezna brezen"
    " maaliskuu maaliskuuta martie marc marcius",
    "april apr avril avr aprile abril abr kwietnia kwiecien dubna duben huhtikuu huhtikuuta"
    " aprilie aprilis",
    "may mai mei maggio mag mayo maio maj maja kvetna kveten toukokuu toukokuuta maig majus",
    "june jun juni juin giugno giu junio junho czerwca czerwiec cervna cerven kesakuu kesakuuta"
    " iunie juny junius",
    "july jul juli juillet juil luglio lug julio julho lipca lipiec cervence cervenec heinakuu"
    " heinakuuta iulie juliol julius",
    "august aug aout augustus agosto ago agos augusti sierpnia sierpien srpna srpen elokuu"
    " elokuuta agost augusztus",
    "september sep sept septembre settembre sett set septiembre setiembre setembro wrzesnia"
    " wrzesien zari syyskuu syyskuuta septembrie setembre szeptember",
    "october oct oktober okt octobre ottobre ott octubre outubro out pazdziernika pazdziernik"
    " rijna rijen lokakuu lokakuuta octombrie",
    "november nov novembre noviembre novembro listopada listopad listopadu marraskuu marraskuuta"
    " noiembrie",
    "december dec dezember dez decembre dicembre dic diciembre dezembro desember des grudnia"
    " grudzien prosince prosinec joulukuu joulukuuta decembrie",
)
"""By month: names, and what they are shortened to, in lower case and without accents."""

MONTHS: Mapping[str, int] = {
    name: month for month, names in enumerate(_NAMES, start=1) for name in names.split()
}
"""The number of each month, from 1, by its names."""


def _beginnings() -> dict[str, int]:
    meanings: defaultdict[str, set[int]] = defaultdict(set)
    for name, month in MONTHS.items():
        for length in range(3, len(name) + 1):
            meanings[name[:length]].add(month)
    alone = {name: months.pop() for name, months in meanings.items() if len(months) == 1}
    return {**alone, **MONTHS}


BEGINNINGS: Mapping[str, int] = _beginnings()
"""Names, and those of their beginnings of three letters or more that mean one month."""
