"""What this product writes as Green Button it reads again: every instant, amount and estimate."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.exporters.green_button import Feed, write_feed
from app.exporters.series import Day, Described, values
from app.importers.green_button import FORMAT
from app.utils.periods import day_bounds, steps_in_day

from .reading import read

ZONES = ("Europe/Amsterdam", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu")
KINDS = (("electricity", "kWh"), ("gas", "m³"), ("gas", "kWh"), ("water", "m³"))
AMOUNTS = st.none() | st.integers(-(10**13), 10**13).map(lambda n: n / 1e9)


@st.composite
def days_of(draw: st.DrawFn, zone: str) -> list[Day]:
    first = draw(st.dates(date(2019, 1, 1), date(2026, 12, 1)))
    found = []
    for n in range(draw(st.integers(1, 3))):
        day = first + timedelta(days=n)
        step = draw(st.sampled_from([900, 1800, 3600]))
        count = steps_in_day(day, zone, step)
        amounts = draw(st.lists(AMOUNTS, min_size=count, max_size=count))
        quality = draw(st.none() | st.text("AESMDQP", min_size=count, max_size=count))
        begin, end = (int(bound.timestamp()) for bound in day_bounds(day, zone))
        found.append(Day(day, begin, end, Decimal(0), step, amounts, quality))
    return found


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    zone=st.sampled_from(ZONES),
    kind=st.sampled_from(KINDS),
    direction=st.sampled_from(["import", "export"]),
)
def test_export_and_import_is_the_identity(data, zone, kind, direction):
    days = data.draw(days_of(zone))
    written = [value for day in days for value in values(day)]
    if not written:
        return
    meter = Described(7, "Boiler & co", *kind, direction, zone)
    steps = frozenset(day.step for day in days if day.step)
    largest = max(abs(value.amount) for value in written)
    file = io.BytesIO()
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert write_feed(file, Feed(meter, made_at, largest, steps), days) == len(written)
    found = read(FORMAT, file.getvalue(), zone)
    (channel,) = found.channels.values()
    assert (channel.consumption_type, channel.unit, channel.direction) == (*kind, direction)
    assert channel.key == channel.name == "Boiler & co"
    assert [r[:4] for r in found.readings[channel.key]] == [
        (value.start, value.seconds, value.amount, value.quality) for value in written
    ]
    assert (found.rejected, found.warnings) == ([], [])
