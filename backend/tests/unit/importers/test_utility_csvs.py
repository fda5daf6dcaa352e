"""SDG&E, SCE, United Power and Octopus CSVs: every quirk that is known of them."""

from datetime import UTC, datetime

import pytest

from app import importers
from app.importers import octopus_csv, pge_csv, sce_csv, sdge_csv, united_power_csv
from app.importers.series import Options, Unreadable
from app.utils.units import ConsumptionType

from . import espi
from .reading import Read, gather, read, source

LONDON = "Europe/London"


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


# SDG&E

SDGE = "Meter Number,Date,Start Time,Duration,Consumption,Generation,Net"
SDGE_ABOUT = (
    'Name,JANE DOE\nAccount Number,1\nDisclaimer,"as it, is"\nTitle,CSV Export Electric Meter(s)\n'
    "Resource,Electric\nMeter Number,0099\nInterval UOM,Minute(s)\nReading Start,3/8/2026 0:00\n"
    "Total Usage,1\nUOM,kWh\n"
)


def sdge(*rows: str, about: str = SDGE_ABOUT, header: str = SDGE, **mapping: object) -> Read:
    return read(sdge_csv.FORMAT, about + "\n".join((header, *rows)) + "\n", **mapping)


def test_sdge_meters_have_import_and_export():
    found = sdge(
        '"0099","3/1/2026","12:00 AM","15","0.1900","0.0500","0.1400"',
        '"0099","3/1/2026","12:15 AM","15","0.2000","0.0000","0.2000"',
        '"0042","3/1/2026","1:00 PM","60","1.5","","1.5"',
    )
    assert found.amounts("0099.import") == [0.19, 0.2]
    assert found.amounts("0099.export") == [0.05, 0.0]
    assert found.readings["0042.import"] == [(utc("2026-03-01 21:00"), 3600, 1.5, "A", None, 14)]
    assert "0042.export" not in found.channels
    assert found.channels["0099.export"].serial_number == "0099"


def test_sdge_clock_changes():
    autumn = [
        f'"9","11/2/2025","{t} AM","60","{n}","",""'
        for n, t in enumerate(("12:00", "1:00", "1:00", "2:00"))
    ]
    found = sdge(*autumn)
    assert [r[0] for r in found.readings["9.import"]] == [
        utc("2025-11-02 07:00") + 3600 * n for n in range(4)
    ]
    skipped = sdge('"9","3/8/2026","2:00 AM","15","1","",""')
    assert "forward" in skipped.rejected[0].detail


def test_sdge_gas_days():
    about = SDGE_ABOUT.replace("Electric\n", "Gas\n").replace("UOM,kWh", "UOM,Therms")
    header = "Meter Number,Date,Start Time,Duration,Consumption"
    found = sdge('"1","1/1/2025","6:59 AM","Day","0.4"', about=about, header=header)
    channel = found.channels["1.import"]
    assert (channel.consumption_type, channel.unit) == (ConsumptionType.GAS, "therm")
    assert found.readings["1.import"][0][:3] == (utc("2025-01-01 08:00"), 86_400, 0.4)
    assert "seven" in found.warnings[0]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ('"1","13/1/2025","1:00 AM","15","1","",""', "Date"),
        ('"1","1/1/2025","noon","15","1","",""', "Start Time"),
        ('"1","1/1/2025","1:00 AM","0","1","",""', "Duration"),
        ('"1","1/1/2025","1:00 AM","soon","1","",""', "Duration"),
        ('"1","1/1/2025","1:00 AM","15","x","",""', "Consumption"),
        ('"1","1/1/2025","1:00 AM","15","1","x",""', "Generation"),
        ('"1","1/1/2025","1:00 AM","15","","",""', "Consumption"),
    ],
)
def test_sdge_rows_that_are_wrong(row, column):
    assert sdge(row).problems() == [(12, column)]


def test_sdge_units():
    about = SDGE_ABOUT.replace("UOM,kWh", "UOM,furlongs")
    with pytest.raises(Unreadable) as refused:
        sdge('"1","1/1/2025","1:00 AM","15","1","",""', about=about)
    assert refused.value.field == "unit"
    row = '"1","1/1/2025","1:00 AM","15","1","",""'
    assert sdge(row, about="", unit="Wh").channels["1.import"].unit == "Wh"


# SCE

NB = "\u00a0"
SCE_ABOUT = (
    'Energy Usage Information\r\n"For location: 1 MAIN ST"\r\n\r\nMeter Reading Information\r\n'
    '"Type of readings: Electricity"\r\n\r\nSummary of Electric Power Usage Information*\r\n'
    '"Your download will contain actual, estimated, validated or missing. "\r\n\r\n'
    f'Detailed Usage\r\n"Start date: 2020-04-30 23:00:00{NB} for 2 days"\r\n\r\n'
)
SCE_HEADER = (
    "Energy consumption time period,Usage(Real energy in kilowatt-hours),Reading quality\r\n"
)
IN, OUT = "1 MAIN ST.import", "1 MAIN ST.export"


def sce_day(day: str, rows: list[tuple[str, str, str]], header: str = SCE_HEADER) -> str:
    lines = [f'"{day} {a}{NB}to {day} {b}","{value}",""\r\n' for a, b, value in rows]
    return f'"Data for period starting: {day} 00:00:00{NB} for 24 hours"\r\n{header}' + "".join(
        lines
    )


def sce(text: str, encoding: str = "utf-8") -> Read:
    return read(sce_csv.FORMAT, (SCE_ABOUT + text).encode(encoding))


def hours(*clocks: int) -> list[tuple[str, str, str]]:
    return [(f"{h:02}:00:00", f"{(h + 1) % 24:02}:00:00", "1") for h in clocks]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_sce_days_with_a_header_each(encoding):
    text = sce_day("2020-05-01", [("00:00:00", "00:15:00", "0.25")]) + "\r\n"
    text += sce_day("2020-05-02", [("00:00:00", "00:15:00", "0.5")])
    found = sce(text, encoding)
    assert [r[:3] for r in found.readings[IN]] == [
        (utc("2020-05-01 07:00"), 900, 0.25),
        (utc("2020-05-02 07:00"), 900, 0.5),
    ]
    assert (found.rejected, found.ignored) == ([], [])
    assert found.channels[IN].unit == "kWh"


def test_sce_net_metering_has_two_tables_a_day():
    def header(way: str) -> str:
        return (
            f"Energy{NB}{way} time period,Usage{NB}{way}(Real energy in kilowatt-hours)"
            "(Real energy in kilowatt-hours),Reading quality\r\n"
        )

    text = ""
    for day in ("2022-08-01", "2022-08-02"):
        text += sce_day(day, [("12:00:00", "12:15:00", "0.1")], header("Delivered"))
        text += sce_day(day, [("12:00:00", "12:15:00", "0.7")], header("Received"))
    found = sce(text)
    assert found.amounts(IN) == [0.1, 0.1]
    assert found.amounts(OUT) == [0.7, 0.7]
    assert found.channels[OUT].direction == "export"


def test_sce_a_negative_usage_is_fed_in():
    rows = [("08:00:00", "09:00:00", "-0.14"), ("09:00:00", "10:00:00", "0.44")]
    found = sce(sce_day("2017-08-31", rows))
    assert found.amounts(IN) == [0.0, 0.44]
    assert found.amounts(OUT) == [0.14, 0.0]


@pytest.mark.parametrize("turn", [1, 4, 10])
def test_sce_autumn_days_are_read_in_order_wherever_they_go_back(turn):
    clocks = [*range(turn + 1), *range(turn, 24)]
    rows = hours(*clocks)
    text = sce_day("2018-11-04", rows).replace(
        '2018-11-04 00:00:00","1"', '2018-11-05 00:00:00","1"'
    )
    found = sce(text)
    assert [r[0] for r in found.readings[IN]] == [
        utc("2018-11-04 07:00") + 3600 * n for n in range(25)
    ]
    assert {r[1] for r in found.readings[IN]} == {3600}


@pytest.mark.parametrize(
    ("said", "letter"), [("", "A"), ("Estimated", "E"), ("Missing", "N"), ("Validated", "A")]
)
def test_sce_quality(said, letter):
    text = sce_day("2020-05-01", [("00:00:00", "00:15:00", "1")]).replace('"1",""', f'"1","{said}"')
    reading = sce(text).readings[IN][0]
    assert reading[3] == letter
    assert (reading[2] != reading[2]) is (letter == "N")


def test_sce_rows_that_are_wrong():
    good = sce_day("2020-05-01", [("00:00:00", "00:15:00", "1")])
    bad = (
        '"2020-05-01 00:15:00 to soon","1",""\r\n'
        '"2020-05-01 00:15:00 to 2020-05-01 00:30:00","x",""\r\n'
        '"2020-13-01 00:15:00 to 2020-05-01 00:30:00","1",""\r\n'
        "What,else\r\n"
    )
    found = sce(good + bad)
    assert found.problems() == [(16, "time period"), (17, "Usage"), (18, "time period")]
    assert [i.count for i in found.ignored] == [1]


def test_sce_other_spellings_of_header_and_times():
    text = (
        "Energy consumption time period,Usage (kilowatt-hours)\n"
        "2025/08/01 01:00 to 2025/08/01 02:00,0.06\n"
    )
    found = read(sce_csv.FORMAT, text)
    assert found.readings["electricity.import"][0][:3] == (utc("2025-08-01 08:00"), 3600, 0.06)


def test_sce_without_rows_is_refused():
    with pytest.raises(Unreadable):
        gather(sce_csv.FORMAT.read(source(b"a,b\n1,2\n"), Options("UTC")))


# United Power


def test_united_power():
    text = (
        "==========\nAccount,12345\nMeter,678\n==========\n"
        "2025-10-19 00:00 to 2025-10-20 00:00,49.600,,\n"
        "2025-11-02 00:00 to 2025-11-03 00:00,50,,\n==========\n"
    )
    found = read(united_power_csv.FORMAT, text, "America/Denver")
    assert [r[:3] for r in found.readings["electricity.import"]] == [
        (utc("2025-10-19 06:00"), 86_400, 49.6),
        (utc("2025-11-02 06:00"), 90_000, 50.0),
    ]
    assert not sce_csv.FORMAT.recognises("x.csv", text.encode())
    assert not united_power_csv.FORMAT.recognises("x.csv", SCE_ABOUT.encode())


# Octopus

OCTOPUS = "Consumption (kwh), Estimated Cost Inc. Tax (p), Standing Charge Inc. Tax (p), Start, End"


def octopus(*rows: str, header: str = OCTOPUS, **mapping: object) -> Read:
    return read(octopus_csv.FORMAT, "\n".join((header, *rows)) + "\n", LONDON, **mapping)


def slot(start: str, end: str, amount: str = "0.579000", cost: str = " 12.34, 45.6,") -> str:
    return f"{amount},{cost} {start}, {end}"


KEY = "octopus:electricity.import"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Consumption (kwh), Start, End", "0.579000, {0}, {1}"),
        (" Consumption (kWh),Start,End", "0.579000,{0},{1}"),
        ("Consumption (kwh), Estimated Cost Inc. Tax (p), Start, End", "0.579000, 12.34, {0}, {1}"),
        (OCTOPUS, "0.579000, 12.34, 45.6, {0}, {1}"),
        ("Start, End, Consumption (kWh)", "{0}, {1}, 0.579000"),
    ],
)
def test_octopus_headers(header, row):
    times = "2025-10-09T12:00:00+01:00", "2025-10-09T12:30:00+01:00"
    found = octopus(row.format(*times), header=header)
    assert found.readings[KEY][0][:3] == (utc("2025-10-09 11:00"), 1800, 0.579)
    has_cost = "Cost" in header
    assert found.readings[KEY][0][4] == (0.1234 if has_cost else None)
    assert found.currency == ("GBP" if has_cost else None)
    assert any("standing" in w for w in found.warnings) is ("Standing" in header)


def test_octopus_offsets_switch_in_autumn():
    found = octopus(
        slot("2025-10-26T01:30:00+01:00", "2025-10-26T01:00:00+00:00"),
        slot("2025-10-26T01:00:00Z", "2025-10-26T01:30:00Z"),
    )
    assert [r[:2] for r in found.readings[KEY]] == [
        (utc("2025-10-26 00:30"), 1800),
        (utc("2025-10-26 01:00"), 1800),
    ]


@pytest.mark.parametrize("newest_first", [False, True])
def test_octopus_leaves_out_half_hours_without_use(newest_first):
    rows = [
        slot("2025-01-01T00:00:00Z", "2025-01-01T00:30:00Z"),
        slot("2025-01-01T02:00:00Z", "2025-01-01T02:30:00Z", "0E-20"),
    ]
    found = octopus(*(reversed(rows) if newest_first else rows))
    each = {r[0]: r[2] for r in found.readings[KEY]}
    first = utc("2025-01-01 00:00")
    assert each == {first: 0.579, **{first + 1800 * n: 0.0 for n in range(1, 5)}}
    assert "3 intervals" in found.warnings[-1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-01-01T00:00:00Z 2024-01-01T00:30:00Z", "2024-01-01T02:00:00Z 2024-01-01T02:30:00Z"),
        ("2025-01-01T00:00:00Z 2025-01-01T00:30:00Z", "2025-03-01T02:00:00Z 2025-03-01T02:30:00Z"),
        ("2025-01-01T00:00:00Z 2025-01-01T00:30:00Z", "2025-01-01T02:00:00Z 2025-01-01T03:00:00Z"),
    ],
)
def test_octopus_other_gaps_stay_gaps(first, second):
    found = octopus(slot(*first.split()), slot(*second.split()))
    assert len(found.readings[KEY]) == 2


def test_octopus_gas_and_export():
    header = "Consumption (m³), Start, End"
    row = "1.5, 2025-01-01T00:00:00Z, 2025-01-01T00:30:00Z"
    channel = octopus(row, header=header).channels["octopus:gas.import"]
    assert (channel.consumption_type, channel.unit) == (ConsumptionType.GAS, "m³")
    gas = octopus(row, header="Consumption (kWh), Start, End", consumption_type="gas")
    assert gas.channels["octopus:gas.import"].unit == "kWh"
    fed_in = octopus(row, header="Consumption (kWh), Start, End", direction="export")
    assert fed_in.channels["octopus:electricity.export"].direction == "export"


@pytest.mark.parametrize(
    ("mapping", "field"),
    [({"consumption_type": "water"}, "consumption_type"), ({"direction": "up"}, "direction")],
)
def test_octopus_mapping_that_is_none(mapping, field):
    with pytest.raises(Unreadable) as refused:
        octopus(slot("2025-01-01T00:00:00Z", "2025-01-01T00:30:00Z"), **mapping)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (slot("2025-01-01T00:00:00", "2025-01-01T00:30:00Z"), "Start"),
        (slot("2025-01-01T00:00:00Z", "later"), "End"),
        (slot("2025-01-01T00:30:00Z", "2025-01-01T00:00:00Z"), "End"),
        (slot("2025-01-01T00:00:00Z", "2025-01-01T00:30:00Z", "much"), "Consumption (kwh)"),
        (slot("2025-01-01T00:00:00Z", "2025-01-01T00:30:00Z", cost="free, 1,"), "Cost"),
    ],
)
def test_octopus_rows_that_are_wrong(row, column):
    assert octopus(row).problems() == [(2, column)]


def test_no_format_of_these_takes_anothers_file():
    forms = (sdge_csv.FORMAT, sce_csv.FORMAT, united_power_csv.FORMAT, octopus_csv.FORMAT)
    heads = [
        SDGE_ABOUT + SDGE,
        SCE_ABOUT + SCE_HEADER,
        "====\n2025-10-19 00:00 to 2025-10-20 00:00,1",
        OCTOPUS,
    ]
    for at, head in enumerate(heads):
        assert [form.recognises("x", head.encode()) for form in forms] == [
            n == at for n in range(4)
        ]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (SDGE_ABOUT + SDGE + '\n"1","1/1/2025","1:00 AM","15","1","","1"\n', "sdge_csv"),
        (SCE_ABOUT + sce_day("2020-05-01", hours(0, 1)), "sce_csv"),
        ("====\nAccount,1\n2025-10-19 00:00 to 2025-10-20 00:00,49.6,,\n", "united_power_csv"),
        (OCTOPUS + "\n" + slot("2025-01-01T00:00:00Z", "2025-01-01T00:30:00Z"), "octopus_csv"),
        (
            "Name,X\n\nTYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES\n"
            "Electric usage,2026-01-15,00:00,00:14,1,$1,\n",
            "pge_csv",
        ),
        (espi.usual(espi.reading(0, 1)), "green_button"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_registry_finds_the_format(head, name, encoding):
    found = importers.detect("download", head.encode(encoding))
    assert found
    assert found.name == name


@pytest.mark.parametrize(
    ("form", "text", "key"),
    [
        (sdge_csv.FORMAT, SDGE_ABOUT + SDGE + "\n9,1/1/2025,0:00,60,1,,\n", "9.import"),
        (sce_csv.FORMAT, SCE_ABOUT + sce_day("2025-01-01", hours(0)), IN),
        (
            pge_csv.FORMAT,
            "TYPE,DATE,START TIME,END TIME,USAGE (kWh)\nElectric usage,2025-01-01,0:00,0:59,1\n",
            "electricity.import",
        ),
        (
            united_power_csv.FORMAT,
            "====\n2025-01-01 00:00 to 2025-01-01 01:00,49.6,,\n",
            "electricity.import",
        ),
    ],
)
def test_the_mapping_may_name_the_zone(form, text, key):
    found = read(form, text, "America/Los_Angeles", time_zone="America/Chicago")
    assert found.readings[key][0][0] == utc("2025-01-01 06:00")
    with pytest.raises(Unreadable) as refused:
        read(form, text, time_zone="America/Atlantis")
    assert refused.value.field == "time_zone"
    assert "time_zone" in form.mapping_keys
