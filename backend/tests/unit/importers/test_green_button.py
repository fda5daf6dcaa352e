"""Green Button XML: links, kinds of readings, units, money, quality, bills and clocks."""

from datetime import date
from decimal import Decimal

import pytest

from app.importers import green_button
from app.importers.green_button import FORMAT
from app.importers.green_button_clock import decoded
from app.importers.series import Options, Unreadable
from app.utils.units import ConsumptionType

from . import espi
from .reading import Read, gather, read, source

HOUR = 3600
START = 1_388_552_400  # 2014-01-01 00:00 in New York
IMPORT = "/UsagePoint/1#electricity.import"
EXPORT = "/UsagePoint/1#electricity.export"


def taken(text: str, zone: str = "America/New_York", **mapping: object) -> Read:
    return read(FORMAT, text, zone, **mapping)


def hours(*values: object, **options: object) -> list[str]:
    return [
        espi.reading(START + n * HOUR, v, **options)
        for n, v in enumerate(values)  # type: ignore[arg-type]
    ]


def test_a_usual_file():
    found = taken(espi.usual(*hours(450, 1050, cost=8190), currency=840))
    assert list(found.channels) == [IMPORT]
    channel = found.channels[IMPORT]
    assert (channel.consumption_type, channel.unit) == (ConsumptionType.ELECTRICITY, "kWh")
    assert (channel.direction, channel.name) == ("import", "Home")
    assert [r[:5] for r in found.readings[IMPORT]] == [
        (START, HOUR, 0.45, "A", 0.0819),
        (START + HOUR, HOUR, 1.05, "A", 0.0819),
    ]
    assert found.currency == "USD"
    assert found.warnings == []
    assert found.rejected == []


@pytest.mark.parametrize("own", [True, False])
def test_prefixes_and_namespaces_may_be_written_in_any_way(own):
    text = espi.usual(*hours(1000))
    if own:
        text = text.replace("espi:", "ns0:")
    else:
        text = (
            text.replace("<espi:", "<ns7:")
            .replace("</espi:", "</ns7:")
            .replace("xmlns:espi", "xmlns:ns7")
        )
    assert taken(text.replace("xmlns:espi", "xmlns:ns0")).total(IMPORT) == 1.0


def test_an_element_of_another_namespace_is_no_reading():
    text = espi.usual(*hours(1000)).replace('"http://naesb.org/espi"', '"http://example.org/espi"')
    assert not FORMAT.recognises("x.xml", text.encode())
    with pytest.raises(Unreadable, match="no readings"):
        gather(FORMAT.read(source(text.encode()), Options("UTC")))


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_the_order_of_entries_and_links_does_not_matter(first):
    entries = [
        espi.block(*hours(1000, 2000), links_last=True),
        espi.reading_type(),
        espi.meter_reading(),
        espi.point(),
    ]
    found = taken(espi.feed(*entries[first:], *entries[:first]))
    assert found.amounts(IMPORT) == [1.0, 2.0]


def test_collections_and_objects_are_both_linked():
    reading = espi.READING
    up_is_object = espi.entry(
        f"<espi:IntervalBlock>{hours(1000)[0]}</espi:IntervalBlock>", "/b/1", reading
    )
    related_to_block = espi.entry(
        f"<espi:IntervalBlock>{hours(2000)[0]}</espi:IntervalBlock>", f"{reading}/IntervalBlock"
    )
    head = (espi.point(), espi.meter_reading(), espi.reading_type())
    assert taken(espi.feed(*head, up_is_object)).total(IMPORT) == 1.0
    assert taken(espi.feed(*head, related_to_block)).total(IMPORT) == 2.0


def test_two_meter_readings_are_told_apart_by_their_links():
    other = "/UsagePoint/1/MeterReading/2"
    found = taken(
        espi.feed(
            espi.point(),
            espi.meter_reading(),
            espi.meter_reading(other, "/ReadingType/2"),
            espi.reading_type(),
            espi.reading_type("/ReadingType/2", flowDirection=19),
            espi.block(*hours(1000)),
            espi.block(*hours(300), own=other),
        )
    )
    assert (found.total(IMPORT), found.total(EXPORT)) == (1.0, 0.3)
    assert found.channels[EXPORT].direction == "export"


def test_types_with_one_address_are_told_apart_by_length():
    found = taken(
        espi.feed(
            espi.point(),
            espi.meter_reading(),
            espi.reading_type(intervalLength=900, powerOfTenMultiplier=3),
            espi.reading_type(intervalLength=3600),
            espi.block(*hours(1000)),
        )
    )
    assert found.total(IMPORT) == 1.0
    assert found.warnings == []


def test_types_with_one_address_that_cannot_be_told_apart_are_warned_of():
    found = taken(
        espi.feed(
            espi.point(),
            espi.meter_reading(),
            espi.reading_type(powerOfTenMultiplier=3),
            espi.reading_type(),
            espi.block(*hours(1)),
        )
    )
    assert found.total(IMPORT) == 1.0
    assert "several reading types" in found.warnings[0]


def test_of_the_same_readings_at_two_lengths_one_is_read():
    other = "/UsagePoint/1/MeterReading/2"
    text = espi.feed(
        espi.point(),
        espi.meter_reading(other, "/ReadingType/2"),
        espi.meter_reading(),
        espi.reading_type("/ReadingType/2", intervalLength=86_400),
        espi.reading_type(),
        espi.block(espi.reading(START, 24_000, 86_400), own=other),
        espi.block(*hours(1000)),
    )
    found = taken(text)
    assert found.amounts(IMPORT) == [1.0]
    assert (found.ignored[0].count, "3,600 s" in found.ignored[0].reason) == (1, True)
    assert taken(text, interval_seconds=86_400).amounts(IMPORT) == [24.0]


@pytest.mark.parametrize(
    ("service", "uom", "multiplier", "unit", "kind", "amount"),
    [
        (0, 72, 0, "kWh", "electricity", 0.001),
        (0, 72, 3, "kWh", "electricity", 1.0),
        (0, 31, 6, "MJ", "electricity", 1.0),
        (1, 31, -3, "MJ", "gas", 1e-9),
        (1, 132, 6, "BTU", "gas", 1e6),
        (1, 169, -3, "therm", "gas", 0.001),
        (1, 42, -3, "m³", "gas", 0.001),
        (1, 166, 0, "m³", "gas", 1.0),
        (1, 167, 0, "m³", "gas", 1.0),
        (1, 119, 2, "ft³", "gas", 100.0),
        (1, 120, 0, "ft³", "gas", 1.0),
        (2, 134, 0, "L", "water", 1.0),
        (2, 128, 3, "gal", "water", 1000.0),
        (2, 130, 0, "imp_gal", "water", 1.0),
        (2, 119, 0, "ft³", "water", 1.0),
    ],
)
def test_units_and_multipliers(service, uom, multiplier, unit, kind, amount):
    text = espi.usual(
        *hours(1), service=service, uom=uom, powerOfTenMultiplier=multiplier, commodity=0
    )
    found = taken(text)
    (key,) = found.channels
    assert (found.channels[key].unit, found.channels[key].consumption_type) == (unit, kind)
    assert found.amounts(key) == [amount]


def test_money_does_not_use_the_multiplier():
    found = taken(espi.usual(*hours(1, cost=123_456), powerOfTenMultiplier=-3, currency=124))
    assert found.readings[IMPORT][0][4] == 1.23456
    assert found.currency == "CAD"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [(6, "indicating"), (9, "summation"), (12, "instantaneous")],
)
def test_values_that_are_no_amounts_are_ignored_with_the_reason(behaviour, reason):
    found = taken(espi.usual(*hours(1, 2), accumulationBehaviour=behaviour))
    assert (found.readings, found.registers) == ({}, [])
    assert [(i.count, reason in i.reason) for i in found.ignored] == [(2, True)]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"uom": 38}, "power (W)"),
        ({"uom": 73}, "reactive"),
        ({"uom": 23}, "temperature"),
        ({"uom": 9}, "unit of measure 9"),
        ({"flowDirection": 2}, "flow direction 2"),
        ({"commodity": 10}, "commodity 10"),
        ({"service": 4}, "service kind 4"),
    ],
)
def test_what_is_no_consumption_is_ignored_with_the_reason(fields, reason):
    found = taken(espi.usual(*hours(1), **fields))
    assert found.readings == {}
    assert [(i.count, reason in i.reason) for i in found.ignored] == [(1, True)]


def test_what_is_refused_beside_readings_is_counted():
    other = "/UsagePoint/1/MeterReading/2"
    found = taken(
        espi.feed(
            espi.point(),
            espi.meter_reading(),
            espi.meter_reading(other, "/ReadingType/2"),
            espi.reading_type(),
            espi.reading_type("/ReadingType/2", uom=38, accumulationBehaviour=12),
            espi.block(*hours(1000)),
            espi.block(*hours(1, 2, 3), own=other),
        )
    )
    assert found.total(IMPORT) == 1.0
    assert [(i.count, i.reason) for i in found.ignored] == [(3, "power (W) is no consumption")]


@pytest.mark.parametrize(("service", "uom"), [(0, 119), (0, 169), (2, 72), (1, 128)])
def test_a_unit_that_the_service_is_not_measured_in_is_refused(service, uom):
    with pytest.raises(Unreadable, match="no unit of"):
        taken(espi.usual(*hours(1), service=service, uom=uom))


def test_a_volume_of_which_nothing_tells_what_it_is_asks():
    text = espi.feed(
        espi.meter_reading(),
        espi.reading_type(uom=42, commodity=0, kind=58),
        espi.block(*hours(5)),
    )
    with pytest.raises(Unreadable) as refused:
        taken(text)
    assert refused.value.field == "consumption_type"
    (key,) = taken(text, consumption_type="water").channels
    assert key.endswith("#water.import")


@pytest.mark.parametrize("behaviour", [1, 2, 3])
def test_registers(behaviour):
    values = [99_998, 99_999, 3, 10]
    found = taken(
        espi.usual(
            *[espi.reading(START + n * HOUR, v, 0) for n, v in enumerate(values)],
            accumulationBehaviour=behaviour,
            powerOfTenMultiplier=3,
        )
    )
    (registers,) = found.registers
    assert list(registers.at) == [START + n * HOUR for n in range(4)]
    assert list(registers.values) == values
    assert registers.rolls_over_at == (100_000 if behaviour == 1 else None)


def test_a_register_that_falls_in_the_middle_of_its_range_does_not_roll_over():
    readings = [espi.reading(START + n * HOUR, v, 0) for n, v in enumerate([50_000, 40_000])]
    found = taken(espi.usual(*readings, accumulationBehaviour=1))
    assert found.registers[0].rolls_over_at is None


def test_a_register_rolls_over_between_blocks():
    found = taken(
        espi.feed(
            espi.point(),
            espi.meter_reading(),
            espi.reading_type(accumulationBehaviour=1, powerOfTenMultiplier=3),
            espi.block(espi.reading(START, 9_990, 0)),
            espi.block(espi.reading(START + HOUR, 5, 0)),
            espi.block(espi.reading(START + 2 * HOUR, 6, 0)),
        )
    )
    assert [r.rolls_over_at for r in found.registers] == [None, 10_000, 10_000]


def test_net_flow_is_split_by_sign():
    found = taken(espi.usual(*hours(500, -200, 0), flowDirection=4))
    assert found.amounts(IMPORT) == [0.5, 0.0, 0.0]
    assert found.amounts(EXPORT) == [0.0, 0.2, 0.0]


@pytest.mark.parametrize("flow", [0, 1, 20])
def test_flows_that_are_delivered(flow):
    found = taken(espi.usual(*hours(500), flowDirection=flow))
    assert found.channels[IMPORT].direction == "import"
    assert any("total" in w for w in found.warnings) is (flow == 20)


@pytest.mark.parametrize(
    ("codes", "letter"),
    [
        *[((c,), "A") for c in (0, 14, 16, 17, 18, 19)],
        *[((7,), "M"), ((8,), "E"), ((9,), "E"), ((10,), "Q"), ((11,), "D"), ((12,), "P")],
        *[((13,), "E"), ((15,), "D"), ((0, 8), "E"), ((7, 12), "P"), ((), "A")],
    ],
)
def test_quality(codes, letter):
    found = taken(espi.usual(*hours(1, quality=codes)))
    assert found.readings[IMPORT][0][3] == letter


def test_the_default_quality_of_the_type():
    found = taken(
        espi.usual(*hours(1), espi.reading(START + HOUR, 1, quality=[0]), defaultQuality=8)
    )
    assert [r[3] for r in found.readings[IMPORT]] == ["E", "A"]


def test_readings_without_a_time_follow_one_another():
    readings = [espi.reading(None, v) for v in (1000, 2000)]
    readings += [espi.reading(START + 7200, 3000, None), espi.reading(None, 4000)]
    found = taken(espi.usual(*readings, start=START, intervalLength=3600))
    assert [r[:3] for r in found.readings[IMPORT]] == [
        (START + n * HOUR, HOUR, n + 1.0) for n in range(4)
    ]


def test_a_long_block_of_readings_without_a_time_is_read_in_parts():
    readings = [espi.reading(None, n) for n in range(20_000)]
    found = taken(espi.usual(*readings, start=START, intervalLength=900))
    starts = [r[0] for r in found.readings[IMPORT]]
    assert starts == [START + n * 900 for n in range(20_000)]
    assert found.total(IMPORT) == pytest.approx(sum(range(20_000)) / 1000)


def test_readings_that_cannot_be_placed_are_rejected():
    bad = [espi.reading(START, None), espi.reading(START, "lots"), espi.reading(None, 1)]
    found = taken(espi.usual(*hours(1000), *bad, intervalLength=None, start=START))
    assert [r.column for r in found.rejected] == ["value", "value", "duration"]
    assert found.total(IMPORT) == 1.0


def test_only_interval_readings_are_summed():
    summary = espi.entry(
        "<espi:ElectricPowerUsageSummary><espi:overallConsumptionLastPeriod>"
        + "<espi:uom>72</espi:uom><espi:value>999999</espi:value>"
        + "</espi:overallConsumptionLastPeriod></espi:ElectricPowerUsageSummary>",
        "/s/1",
        "/UsagePoint/1/ElectricPowerUsageSummary",
    )
    text = espi.usual(*hours(1000)).replace("</feed>", summary + "</feed>")
    found = taken(text)
    assert found.total(IMPORT) == 1.0
    assert found.periods == []


def bill(kind: str = "UsageSummary") -> str:
    return espi.entry(
        f"<espi:{kind}>"
        + espi.thing("billingPeriod", duration=30 * 86_400, start=START)
        + "<espi:billLastPeriod>2205567</espi:billLastPeriod>"
        + "<espi:costAdditionalDetailLastPeriod><espi:amount>5</espi:amount>"
        + espi.thing("measurement", powerOfTenMultiplier=3, uom=38, value=5)
        + "</espi:costAdditionalDetailLastPeriod><espi:currency>840</espi:currency>"
        + espi.thing(
            "overallConsumptionLastPeriod", powerOfTenMultiplier=-3, uom=72, value=146_000_000
        )
        + "<espi:qualityOfReading>8</espi:qualityOfReading>"
        + "<espi:statusTimeStamp>1436684400000</espi:statusTimeStamp>"
        + f"</espi:{kind}>",
        f"{espi.POINT}/{kind}/1",
        espi.POINT,
    )


@pytest.mark.parametrize("kind", ["UsageSummary", "ElectricPowerUsageSummary"])
def test_a_bill_without_readings_is_a_period(kind):
    found = taken(espi.feed(espi.point(), bill(kind)))
    (period,) = found.periods
    assert (period.first, period.last) == (date(2014, 1, 1), date(2014, 1, 30))
    assert (period.amount, period.cost) == (Decimal(146), Decimal("22.05567"))
    assert period.is_estimated
    assert found.currency == "USD"


def test_a_bill_whose_start_is_in_milliseconds():
    text = espi.feed(espi.point(), bill()).replace(f">{START}<", f">{START}000<")
    (period,) = taken(text).periods
    assert (period.first, period.last) == (date(2014, 1, 1), date(2014, 1, 30))


def test_a_bill_beside_readings_is_read_when_asked():
    text = espi.feed(
        espi.point(), espi.meter_reading(), espi.reading_type(), espi.block(*hours(1000)), bill()
    )
    found = taken(text)
    assert found.periods == []
    assert "bills" in found.ignored[0].reason
    asked = taken(text, bills=True)
    assert asked.periods[0].channel not in asked.readings


def test_a_month_long_reading_is_a_period():
    text = espi.usual(
        espi.reading(START - 4 * HOUR, 37_000, 35 * 86_400, cost=5_100_000),
        service=1,
        uom=169,
        powerOfTenMultiplier=-3,
        intervalLength=None,
        commodity=None,
    )
    (period,) = taken(text).periods
    assert (period.first, period.last) == (date(2014, 1, 1), date(2014, 2, 4))
    assert (period.amount, period.cost) == (Decimal(37), Decimal(51))


def test_days_of_23_and_25_hours_are_readings():
    found = taken(
        espi.usual(espi.reading(START, 1, 82_800), espi.reading(START + 82_800, 1, 90_000))
    )
    assert [r[1] for r in found.readings[IMPORT]] == [82_800, 90_000]


def clock(**fields: object) -> str:
    usual = {
        "dstEndRule": "B40E2000",
        "dstOffset": 3600,
        "dstStartRule": "360E2000",
        "tzOffset": -18_000,
    }
    return espi.entry(espi.thing("LocalTimeParameters", **(usual | fields)), "/c/1", "/c")


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({}, None),
        ({"dstStartRule": "360E", "dstEndRule": "B40E"}, None),
        ({"dstStartRule": "FFFFFFFF", "dstEndRule": "FFFFFFFF"}, None),
        ({"tzOffset": -28_800}, "UTC-08:00"),
        ({"dstStartRule": "3E0E2000"}, "other days"),
    ],
)
def test_a_clock_that_differs_from_the_sites_is_warned_of(fields, warning):
    text = espi.usual(*hours(1000)).replace("</feed>", clock(**fields) + "</feed>")
    found = taken(text)
    assert found.readings[IMPORT][0][0] == START
    assert [warning in w for w in found.warnings] == ([True] if warning else [])


def test_rules_of_the_change_of_clocks():
    spring, autumn = decoded("360E2000"), decoded("B40E2000")
    assert spring
    assert autumn
    day = 86_400
    assert divmod(spring.wall(2024), day) == ((date(2024, 3, 10) - date(1970, 1, 1)).days, 7200)
    assert divmod(autumn.wall(2024), day) == ((date(2024, 11, 3) - date(1970, 1, 1)).days, 7200)
    last = decoded("AE0E3000")
    assert last
    assert last.wall(2024) // day == (date(2024, 10, 27) - date(1970, 1, 1)).days
    assert [decoded(t) for t in ("B40E", "B60E", "FFFFFFFF", "", "0000000Z", "D60E2000")] == [
        None
    ] * 6


def test_local_time_written_as_utc_is_reported():
    autumn = 1_383_436_800  # 2013-11-03 00:00
    starts = [autumn, autumn + HOUR, autumn + HOUR, autumn + 2 * HOUR]
    found = taken(espi.usual(*[espi.reading(s, 1) for s in starts]))
    assert found.warnings == [
        "2013-11-03: an hour occurs twice at the local change of clocks: times may be local,"
        " not UTC"
    ]
    summer = [espi.reading(s, 1) for s in (START, START + HOUR, START + HOUR)]
    assert taken(espi.usual(*summer)).warnings == []


def test_blocks_without_a_type_are_read_with_the_unit_that_is_given():
    text = espi.feed(espi.block(*hours(2500)))
    with pytest.raises(Unreadable) as refused:
        taken(text)
    assert refused.value.field == "unit"
    (key,) = (found := taken(text, unit="Wh")).channels
    assert found.total(key) == 2.5
    assert taken(text, unit="kWh").total(key) == 2500.0
    with pytest.raises(Unreadable, match="no unit"):
        taken(text, unit="parsec")


@pytest.mark.parametrize(
    ("key", "value"),
    [("consumption_type", "heat"), ("interval_seconds", "900"), ("bills", 1)],
)
def test_mapping_entries_that_are_none(key, value):
    with pytest.raises(Unreadable) as refused:
        taken(espi.usual(*hours(1)), **{key: value})
    assert refused.value.field == key
    assert key in FORMAT.mapping_keys


def test_utf_16_and_a_byte_order_mark():
    text = espi.usual(*hours(1000)).replace("UTF-8", "UTF-16")
    assert taken(text.encode("utf-16")).total(IMPORT) == 1.0  # type: ignore[arg-type]
    marked = b"\xef\xbb\xbf" + espi.usual(*hours(1000)).encode()
    assert taken(marked).total(IMPORT) == 1.0  # type: ignore[arg-type]


def test_lines_are_those_of_the_file():
    text = espi.usual(*hours(1000), espi.reading(START, None))
    text = text.replace("<espi:IntervalReading>", "\n<!-- one\n two -->\n<espi:IntervalReading>")
    found = taken(text)
    line = text[: text.rindex("</espi:IntervalReading>")].count("\n") + 1
    assert found.rejected[0].line == line - 1  # the declaration's line is outside the root


def test_a_file_that_is_read_twice_only_when_it_must(monkeypatch):
    opened = []
    events = green_button.events
    monkeypatch.setattr(green_button, "events", lambda s: opened.append(1) or events(s))
    taken(espi.usual(*hours(1000)))
    assert len(opened) == 1
    taken(espi.feed(espi.block(*hours(1)), espi.point(), espi.meter_reading(), espi.reading_type()))
    assert len(opened) == 3
