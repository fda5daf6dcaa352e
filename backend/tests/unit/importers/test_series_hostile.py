"""Damaged files: a reader gives pieces or refuses the file, and never fails in another way."""

import random
from contextlib import suppress
from typing import Any

import pytest

from app import importers
from app.importers.series import Unreadable
from tests.unit.importers.series_reading import read

QUARTERS = ";".join(
    f"{m // 60:02}:{m % 60:02}-{m // 60:02}:{m % 60 + 14:02}" for m in range(0, 1440, 15)
)
FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "nem12": (
        "100,NEM12,202404010930,MDP,R\n200,41,E1B1,1,E1,N1,M1,kWh,30,\n300,20240315,"
        + "1.5," * 48
        + "V,,,,\n400,1,24,A,,\n400,25,48,N,,\n500,O,,,\n"
        "250,41,1,1,11,11,M,E,1,20240101000000,A,,,2,20240201000000,A,,,1,kWh,,,\n550,N,,E,\n900\n",
        {},
    ),
    "home_assistant_energy": (
        "entity_id,type,unit,2025-03-29T23:00:00.000Z,2025-03-30T22:00:00.000Z\n"
        "s.a,grid_consumption,kWh,1.5,2\ns.b,gas_consumption,m3,,1\n",
        {},
    ),
    "home_assistant_history": (
        "entity_id,state,last_changed\ns.a,1.5,2024-01-01T00:00:00.000Z\ns.a,unknown,2024\n",
        {"unit": "kWh"},
    ),
    "home_assistant_statistics": (
        "statistic_id,unit,start,sum,delta\ns.a,kWh,26.10.2024 00:00,1,2\ns.a,kWh,26.10.2024,1,\n",
        {},
    ),
    "emoncms": ("1704067200,100,2\n1704067210,null,3\n1704067220,5,6\n", {"kind": "cumulative"}),
    "oed_csv": (
        "10.5,2021-06-02 00:00:00,2021-06-02 01:00:00\n"
        "11,2021-06-02 01:00:00,2021-06-02 02:00:00\n",
        {"unit": "kWh", "cumulative": True, "relaxedParsing": True},
    ),
    "dsmr_reader": (
        "Hour Start,Electricity 1 (x),Electricity 2 Returned,Gas\n"
        "2024-10-27T02:00:00+02:00,0.5,1,2\n",
        {},
    ),
    "homewizard": ("time,Import T1 kWh,Import T2 kWh\n2025-03-01 00:00,100.5,200.25\n", {}),
    "fluvius": (
        "Van datum;Van tijdstip;Tot datum;Tot tijdstip;EAN-code;Meter;Metertype;Register;Volume;"
        'Eenheid;Validatiestatus\n10-01-2022;06:00:00;10-01-2022;07:00:00;="1";7;D;Afname;1,5;m³;x\n',
        {},
    ),
    "enel": (f'Giorno;{QUARTERS}\n"01/09/2024";' + '"0,1";' * 96 + "\n", {}),
    "exelon_ami": (
        "a\nStart Interval Date/Time,Meter Id,Usage,Units,Interval,Usage,Units,Interval\n"
        "03/30/2025 20:00,M1,3.37,kwh,60min,1.46,kwh,15min\n"
        "03/30/2025 20:15,M1,-,-,-,1,kwh,15min\n",
        {},
    ),
    "ampds2": ("unix_ts,counter\n1333263600,45287.526\n", {"unit": "kWh"}),
    "ausgrid_solar_home": (",GC,GG\n2011-07-01 00:00:00,0.392,0.0\n2012-04-01 02:00:00,1,1\n", {}),
    "xcel_bills": (
        "Bill Date,Electric Charges,Electric Usage (kWh)\n09/24/2025,1,2\n08/24/2025,$1,2\n",
        {},
    ),
    "dutch_registers": ("OpnameDatum;StandNormaal;StandDal\n2023-08-02;874;824\n", {}),
}
JUNK = [
    b"",
    b"\0",
    b"\xff",
    b'"',
    b",",
    b";",
    b"\n",
    b"-",
    b"e999",
    b"9" * 30,
    b"nan",
    b"=",
    b"T",
    b":",
]


def damaged(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 4)):
        at, length = dice.randrange(len(data) + 1), dice.choice((0, 1, 1, 2, 8))
        data = data[:at] + dice.choice(JUNK) + data[at + length :]
    return data[: dice.randrange(len(data) + 1)] if dice.random() < 0.1 else data


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_read_or_refused(name: str) -> None:
    form, (text, mapping) = importers.by_name(name), FILES[name]
    whole = read(form, text.encode(), **mapping)
    assert whole.readings or whole.registers or whole.periods
    dice = random.Random(name)
    for _ in range(150):
        data = damaged(text.encode(), dice)
        form.recognises("file.csv", data)
        with suppress(Unreadable):
            read(form, data, **mapping)
