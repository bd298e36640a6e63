"""Italian towns with what belongs together in them: province, postcode, area code, land registry code; and streets.

From the public tables of the postal service, the numbering plan and the land registry (the code in a codice fiscale).
"""

from __future__ import annotations

import random
from typing import NamedTuple

from sandbox.world.model import Address


class Town(NamedTuple):
    """A town. `code` is the one that a codice fiscale carries for people born there."""

    name: str
    province: str
    postcode: str
    area_code: str
    code: str


TOWNS = (
    Town("Roma", "RM", "00184", "06", "H501"),
    Town("Milano", "MI", "20121", "02", "F205"),
    Town("Torino", "TO", "10121", "011", "L219"),
    Town("Napoli", "NA", "80133", "081", "F839"),
    Town("Bologna", "BO", "40121", "051", "A944"),
    Town("Firenze", "FI", "50122", "055", "D612"),
    Town("Genova", "GE", "16121", "010", "D969"),
    Town("Bari", "BA", "70121", "080", "A662"),
    Town("Palermo", "PA", "90133", "091", "G273"),
    Town("Catania", "CT", "95124", "095", "C351"),
    Town("Verona", "VR", "37121", "045", "L781"),
    Town("Padova", "PD", "35121", "049", "G224"),
    Town("Brescia", "BS", "25121", "030", "B157"),
    Town("Bergamo", "BG", "24121", "035", "A794"),
    Town("Parma", "PR", "43121", "0521", "G337"),
    Town("Modena", "MO", "41121", "059", "F257"),
    Town("Trento", "TN", "38122", "0461", "L378"),
    Town("Perugia", "PG", "06121", "075", "G478"),
    Town("Cagliari", "CA", "09124", "070", "B354"),
    Town("Varese", "VA", "21100", "0332", "L682"),
    Town("Lecce", "LE", "73100", "0832", "E506"),
    Town("Ancona", "AN", "60121", "071", "A271"),
    Town("Pescara", "PE", "65121", "085", "G482"),
    Town("Trieste", "TS", "34121", "040", "L424"),
)
_BY_NAME = {town.name: town for town in TOWNS}

_STREETS = (
    ("VIA", "Giuseppe Garibaldi"),
    ("VIA", "Roma"),
    ("VIA", "Giuseppe Verdi"),
    ("VIA", "Dante Alighieri"),
    ("VIA", "XX Settembre"),
    ("VIA", "dell'Artigianato"),
    ("VIA", "Alessandro Volta"),
    ("VIA", "Guglielmo Marconi"),
    ("PIAZZA", "Cavour"),
    ("PIAZZA", "della Libertà"),
    ("CORSO", "Vittorio Emanuele II"),
    ("CORSO", "Italia"),
    ("VIALE", "Europa"),
    ("VIALE", "della Repubblica"),
    ("LARGO", "Gramsci"),
    ("STRADA", "della Bonifica"),
)


def town(name: str) -> Town:
    """Find a town by its name."""
    return _BY_NAME[name]


def address(rng: random.Random, where: Town) -> Address:
    """Make up an address in a town."""
    toponym, street = rng.choice(_STREETS)
    civic = f"{rng.randint(1, 180)}{rng.choice(('', '', '', '/A', '/B'))}"
    return Address(toponym, street, civic, where.postcode, where.name, where.province)
