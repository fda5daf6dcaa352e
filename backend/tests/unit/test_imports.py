"""Importing files of records through the API, on SQLite: what is taken, refused, and taken back."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.models import Membership, Meter, Source
from app.services import meters as meter_service
from app.services.import_files import safe_file_name
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import (
    PATH,
    counts,
    csv,
    days,
    everything,
    import_count,
    imported,
    meters,
    months,
    of_person,
    projection,
    records,
    refused,
    send,
)

THREE = csv("2026-01-01,10", "2026-01-02,20.5", "2026-01-03,0")


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """One application for the module: people are kept apart by their accounts."""
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


def new_meter(person: Person, name: str, kind: str = "electricity", unit: str = "kWh") -> int:
    with of_person(person) as session:
        return meter_service.create(session, name, kind, unit)


def change_meter(person: Person, meter_id: int, **values: Any) -> None:
    with of_person(person) as session:
        session.execute(update(Meter).where(Meter.id == meter_id).values(**values))


def be_viewer(person: Person) -> None:
    with state_of(person.app).db.anonymous() as session:
        session.execute(
            update(Membership).where(Membership.user_id == person.user["id"]).values(role="viewer")
        )


def lines_of(body: dict[str, Any]) -> list[int]:
    return [problem["line"] for problem in body["problems"]]


def by_name(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {meter["name"]: meter for meter in body["meters"]}


# Dry run


def test_a_dry_run_says_what_would_be_added_and_writes_nothing(person: Person) -> None:
    person.record(5)
    before = everything(person)
    body = imported(person, THREE, dry_run=True)
    assert everything(person) == before
    assert body["id"] is None
    assert body["counts"] == counts(added=3)
    assert body["range"] == {"start": "2026-01-01", "end": "2026-01-03"}
    assert body["problems"] == []
    assert body["reading"]["preview"][1]["amount"] == 20.5
    assert body["reading"]["columns"] == {
        "consumption_date": "date",
        "amount": "electricity (kWh)",
    }


def test_a_dry_run_answers_200_and_names_no_place(person: Person) -> None:
    response = send(person, THREE, dry_run=True)
    assert response.status_code == 200
    assert "Location" not in response.headers


def test_a_dry_run_leaves_the_etag_of_the_list_alone(person: Person) -> None:
    person.record(5)
    etag = person.get("/api/consumption").headers["ETag"]
    imported(person, csv("2026-03-02,1"), dry_run=True)
    assert person.get("/api/consumption").headers["ETag"] == etag


def test_a_dry_run_lists_every_bad_line_with_its_number_column_and_reason(person: Person) -> None:
    body = imported(
        person,
        csv(
            "2026-01-01,1",
            "2026-02-30,1",
            "2026-01-02,minus one",
            "someday,-5",
            "2026-01-03,1,extra",
            "",
            "2026-01-04,1.23456",
        ),
        dry_run=True,
    )
    assert [(p["line"], p["column"]) for p in body["problems"]] == [
        (3, "date"),
        (4, "electricity (kWh)"),
        (5, "date"),
        (5, "electricity (kWh)"),
        (6, None),
        (8, "electricity (kWh)"),
    ]
    assert all(problem["detail"] for problem in body["problems"])
    assert "calendar" in body["problems"][0]["detail"]
    assert "4 decimals" in body["problems"][-1]["detail"]
    assert body["counts"] == counts(added=1, rejected=5, ignored=1)
    assert body["problems_total"] == 6


def test_a_dry_run_lists_up_to_ten_thousand_problems_and_counts_them_all(person: Person) -> None:
    body = imported(person, csv(*["nonsense,1"] * 10_050, "2026-01-01,1"), dry_run=True)
    assert lines_of(body) == list(range(2, 10_002))
    assert body["problems_total"] == 10_050
    assert body["counts"] == counts(added=1, rejected=10_050)


def test_a_dry_run_says_that_the_same_file_was_imported_before(person: Person) -> None:
    imported(person, THREE)
    warnings = imported(person, THREE, dry_run=True)["warnings"]
    assert len(warnings) == 1
    assert warnings[0].startswith("The same file was imported on ")


# All or nothing, or the good lines


def test_mode_all_stores_nothing_when_one_line_is_wrong(person: Person) -> None:
    problem = refused(person, csv("2026-01-01,1", "2026-01-02,x", "2026-01-03,1"))
    assert "1 line cannot be imported, so nothing was stored" in problem["detail"]
    assert "mode=valid" in problem["detail"]
    [error] = problem["errors"]
    assert error["pointer"] == "#file/line/3/electricity (kWh)"
    assert error["detail"] == "'x' is not a number"
    assert (problem["code"], problem["params"]) == ("lines-rejected", {"count": 1})


def test_mode_all_names_the_first_hundred_problems(person: Person) -> None:
    problem = refused(person, csv(*["2026-01-01,x"] * 150))
    assert len(problem["errors"]) == 100
    assert problem["detail"].startswith("150 lines cannot be imported")


def test_mode_valid_stores_the_good_lines_and_keeps_the_list_of_the_others(person: Person) -> None:
    body = imported(person, csv("2026-01-01,1", "2026-01-02,x", "2026-01-03,2"), mode="valid")
    assert body["counts"] == counts(added=2, rejected=1)
    assert [row[2:4] for row in records(person)] == [
        (date(2026, 1, 1), Decimal(1)),
        (date(2026, 1, 3), Decimal(2)),
    ]
    listed = person.get(body["problems_url"]).get_json()
    assert listed == {
        "items": [{"line": 3, "column": "electricity (kWh)", "detail": "'x' is not a number"}],
        "total": 1,
    }


def test_mode_valid_shows_a_hundred_problems_and_keeps_ten_thousand(person: Person) -> None:
    body = imported(person, csv(*["2026-01-01,x"] * 10_010, "2026-01-01,1"), mode="valid")
    assert len(body["problems"]) == 100
    assert body["problems_total"] == 10_010
    listed = person.get(body["problems_url"]).get_json()
    assert (len(listed["items"]), listed["total"]) == (10_000, 10_010)


def test_an_import_answers_201_with_its_place(person: Person) -> None:
    response = send(person, THREE)
    assert response.status_code == 201
    body = response.get_json()
    assert response.headers["Location"] == f"/api/imports/{body['id']}"
    stored = person.get(response.headers["Location"]).get_json()
    assert stored == body | {"reading": None}
    assert body["status"] == "done"
    assert body["size_bytes"] == len(THREE)
    assert body["problems_url"] is None


def test_a_column_with_a_nul_in_its_name_can_be_the_column_of_a_problem(person: Person) -> None:
    data = csv("2026-01-01,1,x", header="date,amount kWh,type\0")
    body = imported(
        person, data, mode="valid", mapping=json.dumps({"columns": {"consumption_type": 3}})
    )
    assert "\0" not in body["problems"][0]["column"]


@given(
    st.lists(
        st.sampled_from(
            [
                *["2026-01-01,1", "2026-01-02,2", "2026-01-02,2", "", " , ", "x,1", "2026-01-03,y"],
                *['2026-01-04,"1"', '"2026-01-05', "2026-01-06,1,2,3", "2099-01-01,1", ",", "a,b"],
            ]
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_counts_of_an_import_add_up_to_the_lines_of_data(lines: list[str]) -> None:
    with_person = _somebody()
    data = csv("2026-02-01,9", *lines)
    found = imported(with_person, data, dry_run=True)
    body = imported(with_person, data, mode="valid")
    assert body["counts"] == found["counts"]
    assert body["counts"]["rejected"] == len(set(lines_of(body)))
    # Every line is one record here, unless a quote is left open.
    if not any(line.count('"') % 2 for line in lines):
        assert sum(body["counts"].values()) == len(lines) + 1
    assert len(records(with_person)) == body["counts"]["added"]
    person_undo(with_person, body)
    assert records(with_person) == []


@cache
def _shared_app() -> Flask:
    return sqlite_app()


def _somebody() -> Person:
    """Somebody new: an example that fails leaves nothing to the next one."""
    return new_person(_shared_app())


def person_undo(person: Person, body: dict[str, Any]) -> dict[str, Any]:
    response = person.post(f"/api/imports/{body['id']}/undo")
    assert response.status_code == 200, response.get_data(as_text=True)
    undone: dict[str, Any] = response.get_json()
    return undone


# The same lines again


def test_the_same_file_twice_changes_nothing(person: Person) -> None:
    imported(person, THREE)
    before = records(person), projection(person)
    body = imported(person, THREE)
    assert body["counts"] == counts(unchanged=3)
    assert (records(person), projection(person)) == before
    assert body["range"] is None
    assert body["warnings"][0].startswith("The same file was imported on ")


def test_of_an_overlapping_file_only_the_new_lines_are_added(person: Person) -> None:
    imported(person, THREE)
    body = imported(person, csv("2026-01-03,0", "2026-01-04,4", "2026-01-02,20.50"))
    assert body["counts"] == counts(added=1, unchanged=2)
    assert sum(row[3] for row in records(person)) == Decimal("34.5")


def test_a_line_that_contradicts_a_record_is_rejected_with_both_amounts(person: Person) -> None:
    imported(person, THREE)
    problem = refused(person, csv("2026-01-02,21", "2026-01-04,4"))
    assert "'Electricity' has 20.5 kWh for the same days already" in problem["errors"][0]["detail"]
    assert "on_conflict=add" in problem["errors"][0]["detail"]


def test_a_line_that_contradicts_a_record_is_added_when_that_is_wanted(person: Person) -> None:
    imported(person, THREE)
    body = imported(person, csv("2026-01-02,21", "2026-01-03,0"), on_conflict="add")
    assert body["counts"] == counts(added=1, unchanged=1)
    assert [row[2] for row in days(person)] == [Decimal(10), Decimal("41.5"), Decimal(0)]


def test_a_conflict_in_mode_valid_leaves_the_other_lines(person: Person) -> None:
    imported(person, THREE)
    body = imported(person, csv("2026-01-02,21", "2026-01-04,4"), mode="valid")
    assert body["counts"] == counts(added=1, rejected=1)
    assert lines_of(body) == [2]


def test_a_record_of_another_meter_is_no_conflict(person: Person) -> None:
    person.record(7, meter_id=new_meter(person, "Attic"), consumption_date="2026-01-01")
    assert imported(person, THREE)["counts"] == counts(added=3)


def test_a_period_and_a_day_that_end_together_are_no_conflict(person: Person) -> None:
    imported(person, csv("2026-01-31,10"))
    data = csv("2026-01-01,2026-01-31,310", header="from,to,electricity kWh")
    assert imported(person, data)["counts"] == counts(added=1)


def test_alike_lines_within_a_file_are_all_added_with_a_warning(person: Person) -> None:
    data = csv("2026-01-01,5", "2026-01-01,5", "2026-01-01,6")
    body = imported(person, data)
    assert body["counts"] == counts(added=3)
    assert any("1 line repeats an earlier one" in warning for warning in body["warnings"])
    assert imported(person, data)["counts"] == counts(unchanged=3)


def test_a_line_more_than_there_are_alike_records_is_a_conflict(person: Person) -> None:
    imported(person, csv("2026-01-01,5"))
    body = imported(person, csv("2026-01-01,5", "2026-01-01,5"), mode="valid")
    assert body["counts"] == counts(unchanged=1, rejected=1)


# Meters


def test_lines_without_a_meter_go_to_the_accounts_own_meter_made_at_first_use(
    person: Person,
) -> None:
    assert meters(person) == []
    found = by_name(imported(person, THREE, dry_run=True))
    assert (found["Electricity"]["id"], found["Electricity"]["is_new"]) == (None, True)
    body = imported(person, THREE)
    record = person.record(1, consumption_date="2026-01-09")
    assert by_name(body)["Electricity"]["id"] == record["meter_id"]
    assert meters(person)[0][2:] == (4, date(2026, 1, 1), date(2026, 1, 9))


def test_a_meter_is_found_by_its_name_in_any_case_and_composition(person: Person) -> None:
    new_meter(person, "Küche")
    data = csv("2026-01-01,1,KÜCHE", "2026-01-02,1, ku\u0308che ", header="date,kwh,meter")
    body = imported(person, data)
    assert [(m["name"], m["is_new"], m["added"]) for m in body["meters"]] == [("Küche", False, 2)]


def test_of_two_meters_whose_names_differ_in_case_the_exact_one_is_meant(person: Person) -> None:
    upper, lower = new_meter(person, "MAIN"), new_meter(person, "main")
    data = csv("2026-01-01,1,MAIN", "2026-01-02,1,main", header="date,kwh,meter")
    body = imported(person, data)
    assert {m["id"]: m["added"] for m in body["meters"]} == {upper: 1, lower: 1}
    problem = refused(person, csv("2026-01-01,1,Main", header="date,kwh,meter"))
    assert "could be 'MAIN' or 'main'" in problem["errors"][0]["detail"]


def test_new_meters_are_named_in_the_dry_run_and_made_by_the_import(person: Person) -> None:
    data = csv(
        *["2026-01-01,1,Attic,kWh", "2026-01-02,1,Pool,m3", "2026-01-03,1,attic,Wh"],
        header="date,amount,meter,unit",
    )
    for dry_run in (True, False):
        mapping = json.dumps({})
        with_types = data.replace(b"Pool,m3", b"Pool,hl")
        body = imported(person, with_types, dry_run=dry_run, mapping=mapping)
        assert [(m["name"], m["consumption_type"], m["unit"], m["added"]) for m in body["meters"]] \
            == [("Attic", "electricity", "kWh", 2), ("Pool", "water", "m³", 1)]  # fmt: skip
        assert [m["is_new"] for m in body["meters"]] == [True, True]
    assert [row[1:3] for row in meters(person)] == [("Attic", 2), ("Pool", 1)]
    assert [m["id"] for m in body["meters"]] == [row[0] for row in meters(person)]


def test_the_accounts_own_meter_is_named_as_it_will_be(person: Person) -> None:
    new_meter(person, "Electricity", "gas", "m³")
    data = csv(
        *["2026-01-01,1,electricity,kWh", "2026-01-01,1,gas,kWh", "2026-01-01,2,gas,m3"],
        header="date,amount,type,unit",
    )
    told = [m["name"] for m in imported(person, data, dry_run=True)["meters"]]
    assert told == ["Electricity 2", "Gas (kWh)", "Gas"]
    assert [m["name"] for m in imported(person, data)["meters"]] == told
    assert {row[1] for row in meters(person)} == {"Electricity", *told}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_named_meter_may_have_the_name_that_the_accounts_own_would_get(
    person: Person, order: tuple[int, int]
) -> None:
    lines = ["2026-01-01,1,Electricity", "2026-01-02,2,"]
    data = csv(*(lines[at] for at in order), header="date,kwh,meter")
    told = {m["name"] for m in imported(person, data, dry_run=True)["meters"]}
    assert told == {"Electricity", "Electricity 2"}
    body = imported(person, data)
    assert {m["name"] for m in body["meters"]} == told
    assert {(row[0], row[3]) for row in records(person)} == {
        ("Electricity", Decimal(1)),
        ("Electricity 2", Decimal(2)),
    }


def test_naming_the_accounts_own_meter_and_naming_none_is_the_same(person: Person) -> None:
    person.record(1, consumption_date="2026-02-01")
    data = csv("2026-01-01,1,electricity", "2026-01-02,2,", header="date,kwh,meter")
    body = imported(person, data)
    assert [(m["name"], m["added"]) for m in body["meters"]] == [("Electricity", 2)]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"archived_at": datetime(2026, 1, 1, tzinfo=UTC)}, "is archived"),
        ({"source": Source.REGISTER}, "is fed by register, not by records"),
        ({"consumption_type": "gas"}, "measures gas"),
        ({"unit": "m³", "consumption_type": "electricity"}, "counts m³"),
    ],
)
def test_a_line_is_refused_that_its_meter_cannot_take(
    person: Person, values: dict[str, Any], reason: str
) -> None:
    meter_id = new_meter(person, "Attic")
    change_meter(person, meter_id, **values)
    named = csv("2026-01-01,1,attic", header="date,kwh,meter")
    assert reason in refused(person, named)["errors"][0]["detail"]
    assert reason in refused(person, THREE, meter_id=meter_id)["errors"][0]["detail"]


def test_two_utilities_cannot_share_a_new_meter(person: Person) -> None:
    data = csv(
        *["2026-01-01,1,Flat,kWh,electricity", "2026-01-01,1,flat,L,water"],
        header="date,amount,meter,unit,type",
    )
    body = imported(person, data, dry_run=True)
    assert body["counts"] == counts(added=1, rejected=1)
    assert (
        body["problems"][0]["detail"]
        == "the file uses the meter 'flat' for electricity in kWh already"
    )


def test_all_lines_go_to_the_meter_that_is_given(person: Person) -> None:
    meter_id = new_meter(person, "Attic")
    body = imported(person, csv("2026-01-01,1,Cellar", header="date,kwh,meter"), meter_id=meter_id)
    assert [(m["id"], m["added"]) for m in body["meters"]] == [(meter_id, 1)]
    assert [row[1] for row in meters(person)] == ["Attic"]


def test_a_meter_of_another_account_is_not_there(app: Flask, person: Person) -> None:
    other = new_person(app)
    meter_id = new_meter(other, "Theirs")
    assert refused(person, THREE, 404, meter_id=meter_id) | {"request_id": ""} == refused(
        person, THREE, 404, meter_id=2**62
    ) | {"request_id": ""}
    assert import_count(other) == 0


@pytest.mark.parametrize("meter_id", ["0", "-1", "x", "1.5", "9" * 30, ""])
def test_a_meter_id_is_a_positive_number(anybody: Person, meter_id: str) -> None:
    assert refused(anybody, THREE, meter_id=meter_id)["errors"][0]["pointer"] == "#meter_id"


# What the request says of the file


def test_columns_are_named_by_the_mapping(person: Person) -> None:
    data = csv("01/02/2026;x;1,5", header="wann;was;wieviel")
    mapping = {
        "columns": {"consumption_date": "WANN", "amount": 3},
        "date_order": "dmy",
        "unit": "MWh",
        "consumption_type": "electricity",
    }
    body = imported(person, data, mapping=json.dumps(mapping))
    assert [row[2:5] for row in records(person)] == [(date(2026, 2, 1), Decimal("1.5"), "MWh")]
    assert body["reading"]["ignored_columns"] == ["was"]


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (csv("01/02/2026,1", header="date,kwh"), "#mapping/date_order"),
        (csv('2026-01-01,"1,234"', header="date,kwh"), "#mapping/decimal"),
        (csv("2026-01-01,1", header="date,amount"), "#mapping/consumption_type"),
        (csv("2026-01-01,1", header="date,cost"), "#mapping/columns"),
        (csv("2026-01-01,1,2", header="date,kwh,amount"), "#mapping/columns"),
    ],
)
def test_what_is_ambiguous_is_asked_with_a_pointer_to_the_answer(
    anybody: Person, data: bytes, pointer: str
) -> None:
    assert refused(anybody, data)["errors"][0]["pointer"] == pointer
    assert refused(anybody, data, dry_run=True)["errors"][0]["pointer"] == pointer


def test_an_answer_to_the_question_settles_it(person: Person) -> None:
    data = csv('01/02/2026,"1,234"', header="date,kwh")
    imported(person, data, mapping='{"date_order": "mdy", "decimal": ","}')
    assert [row[2:4] for row in records(person)] == [(date(2026, 1, 2), Decimal("1.234"))]


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [
        ("{", "#mapping"),
        ("[]", "#mapping"),
        ("null", "#mapping"),
        ('{"nonsense": 1}', "#mapping/nonsense"),
        ('{"date_order": "ydm"}', "#mapping/date_order"),
        ('{"decimal": ";"}', "#mapping/decimal"),
        ('{"separator": "x"}', "#mapping/separator"),
        ('{"unit": "furlong"}', "#mapping/unit"),
        ('{"consumption_type": "oil"}', "#mapping/consumption_type"),
        ('{"columns": {"amount": 0}}', "#mapping/columns/amount"),
        ('{"columns": {"amount": 201}}', "#mapping/columns/amount"),
        ('{"columns": {"amount": true}}', "#mapping/columns/amount"),
        ('{"columns": {"nonsense": "x"}}', "#mapping/columns/nonsense"),
        ('{"columns": {"amount": "a\\u0000"}}', "#mapping/columns/amount"),
        ('{"columns": {"amount": "missing"}}', "#mapping/columns"),
        ("[" * 5_000, "#mapping"),
    ],
)
def test_a_mapping_that_says_nothing_known_is_refused(
    anybody: Person, mapping: str, pointer: str
) -> None:
    assert refused(anybody, THREE, mapping=mapping)["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("mode", "some"), ("on_conflict", "replace"), ("dry_run", "perhaps")],
        *[("format", "xlsx"), ("user_id", "1"), ("account_id", "1")],
    ],
)
def test_a_form_field_that_is_unknown_is_refused(anybody: Person, field: str, value: str) -> None:
    assert refused(anybody, THREE, **{field: value})["errors"][0]["pointer"] == f"#{field}"


# How files are written


@pytest.mark.parametrize(
    "data",
    [
        b"date,electricity kWh\n2026-01-01,1.5\n2026-01-02,2\n",
        b"date;electricity kWh\r\n2026-01-01;1,5\r\n2026-01-02;2\r\n",
        b"date\telectricity kWh\r2026-01-01\t1.5\r2026-01-02\t2\r",
        b"\xef\xbb\xbfdate,electricity kWh\n2026-01-01,1.5\n2026-01-02,2",
        "date;electricity kWh\n01.01.2026;1,5\n02.01.2026;2\n".encode("utf-16"),
        "date;electricity kWh\n20260101;1,5\n20260102;2\n".encode("utf-16-le"),
        b"sep=;\ndate;electricity kWh\n2026-01-01;1,5\n2026-01-02;2\n",
        b"Fecha;Consumo electricidad (kWh)\n1/1/2026;1,5\n2/1/2026;2\n31/12/2025;0",
        b"Datum;Verbrauch [kWh];Art\n2026-01-01;1,5;Strom\n2026-01-02;2;Strom",
        b"END DATE,USAGE,UNITS\n2026-01-01,1.5,KWH\n2026-01-02,2,kwh\n",
        b'My export\nwritten today\n\n"Date","kWh"\n"2026-01-01","1.5"\n2026-01-02,2',
    ],
)
def test_a_file_is_read_however_it_is_written(person: Person, data: bytes) -> None:
    body = imported(person, data)
    found = [row[2:4] for row in records(person) if row[3]]
    assert found == [(date(2026, 1, 1), Decimal("1.5")), (date(2026, 1, 2), Decimal(2))]
    assert body["counts"]["rejected"] == 0


def test_units_are_converted_and_kept_as_typed(person: Person) -> None:
    data = csv(
        *["2026-01-01,1500,L,water", "2026-01-01,2,therm,gas", "2026-01-02,3,m3,gas"],
        header="date,amount,unit,type",
    )
    imported(person, data)
    assert [(row[0], row[3], row[4], row[6]) for row in records(person)] == [
        ("Gas (kWh)", Decimal(2), "therm", Decimal("58.614214034")),
        ("Gas", Decimal(3), "m³", Decimal(3)),
        ("Water", Decimal(1500), "L", Decimal("1.5")),
    ]


def test_a_period_is_spread_over_its_days(person: Person) -> None:
    data = csv("2026-01-30,2026-02-02,10,Bill", header="from,to,electricity kWh,note")
    imported(person, data)
    assert records(person)[0][1:3] == (date(2026, 1, 30), date(2026, 2, 2))
    assert [(row[1], row[2], row[5]) for row in days(person)] == [
        (date(2026, 1, 30) + timedelta(days=number), Decimal("2.5"), 1) for number in range(4)
    ]
    assert [(row[1].month, row[2], row[3], row[4]) for row in months(person)] == [
        (1, Decimal(5), 0, 1),
        (2, Decimal(5), 1, 1),
    ]
    assert meters(person)[0][2:] == (1, date(2026, 1, 30), date(2026, 2, 2))
    assert imported(person, data)["counts"] == counts(unchanged=1)


def test_a_period_of_one_day_is_a_day(person: Person) -> None:
    imported(person, csv("2026-01-01,2026-01-01,1", header="from,to,kwh"))
    assert imported(person, csv("2026-01-01,1", header="date,kwh"))["counts"] == counts(unchanged=1)
    assert days(person)[0][5] == 0


def today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


def test_tomorrow_is_allowed_and_the_day_after_is_not(person: Person) -> None:
    tomorrow = today("Europe/Madrid") + timedelta(days=1)
    imported(person, csv(f"{tomorrow},1"))
    problem = refused(person, csv(f"{tomorrow + timedelta(days=1)},2"))
    assert "after the last day allowed" in problem["errors"][0]["detail"]


def test_tomorrow_is_that_of_the_meters_own_site(person: Person) -> None:
    """Kiritimati and Pago Pago are 25 hours apart, so their dates always differ."""
    sites = {
        zone: person.post("/api/sites", json={"name": zone, "time_zone": zone}).get_json()["id"]
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    }
    for zone, site_id in sites.items():
        body = {"name": zone[-6:], "consumption_type": "electricity", "site_id": site_id}
        assert person.post("/api/meters", json=body).status_code == 201
    late = today("Pacific/Kiritimati") + timedelta(days=1)
    lines = [f"{late},1,timati", f"{late},1,o_Pago", f"{late - timedelta(days=2)},1,o_Pago"]
    body = imported(person, csv(*lines, header="date,kwh,meter"), mode="valid")
    assert body["counts"] == counts(added=2, rejected=1)
    assert body["problems"][0]["column"] == "date"
    assert lines_of(body) == [3]


def test_the_first_day_is_in_1900(person: Person) -> None:
    imported(person, csv("1900-01-01,1"))
    assert "1900-01-01" in refused(person, csv("1899-12-31,1"))["detail"]


# Taking an import back


def state_apart_from_meters_made(person: Person) -> Any:
    return records(person), projection(person)


def test_undo_restores_what_was_before(person: Person) -> None:
    person.record(7, consumption_date="2026-01-02", period_start="2025-12-30")
    person.record(3, consumption_date="2026-01-05")
    before = state_apart_from_meters_made(person)
    data = csv(
        *["2025-12-01,2026-01-03,100,", "2026-01-05,2026-01-05,1,", "2026-02-01,2026-02-05,9,x"],
        header="from,to,kwh,meter",
    )
    body = imported(person, data, on_conflict="add")
    assert state_apart_from_meters_made(person) != before
    undone = person_undo(person, body)
    assert state_apart_from_meters_made(person) == before
    assert undone["status"] == "undone"
    assert undone["undone_at"] is not None
    assert undone["counts"] == body["counts"]


def test_undo_of_the_first_import_leaves_no_day(person: Person) -> None:
    person_undo(person, imported(person, THREE))
    assert projection(person) == ([], [], [])
    assert meters(person)[0][2:] == (0, None, None)


def test_undo_twice_is_a_conflict(person: Person) -> None:
    body = imported(person, THREE)
    person_undo(person, body)
    before = everything(person)
    response = person.post(f"/api/imports/{body['id']}/undo")
    assert response.status_code == 409
    assert everything(person) == before


def test_an_undone_file_can_be_imported_again(person: Person) -> None:
    person_undo(person, imported(person, THREE))
    body = imported(person, THREE)
    assert body["counts"] == counts(added=3)
    assert body["warnings"] == []


def test_undo_also_removes_records_that_were_edited_since(person: Person) -> None:
    kept = person.record(1, consumption_date="2026-01-09")
    before = projection(person)
    body = imported(person, THREE)
    first, second, third = (
        item["id"]
        for item in person.get("/api/consumption?sort=consumption_date").get_json()["items"][:3]
    )
    change = {"consumption_type": "electricity", "amount": 99, "consumption_date": "2026-05-05"}
    assert person.put(f"/api/consumption/{first}", json=change).status_code == 200
    moved = change | {"meter_id": new_meter(person, "Attic")}
    assert person.put(f"/api/consumption/{second}", json=moved).status_code == 200
    assert person.delete(f"/api/consumption/{third}").status_code == 204
    person_undo(person, body)
    assert [row["id"] for row in person.get("/api/consumption").get_json()["items"]] == [kept["id"]]
    assert projection(person) == before


def test_undo_of_an_import_whose_records_are_all_gone_succeeds(person: Person) -> None:
    body = imported(person, csv("2026-01-01,1"))
    (item,) = person.get("/api/consumption").get_json()["items"]
    person.delete(f"/api/consumption/{item['id']}")
    assert person_undo(person, body)["status"] == "undone"
    assert projection(person) == ([], [], [])


_DAY = date(2026, 1, 28)
_LINES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([0, 0, 0, 1, 4, 40]),
        st.integers(0, 400),
        st.sampled_from(["", "", "Attic"]),
    ),
    min_size=1,
    max_size=5,
)


def file_of(rows: list[tuple[int, int, int, str]]) -> bytes:
    return csv(
        *(
            f"{_DAY + timedelta(days=start)},{_DAY + timedelta(days=start + more)},"
            f"{Decimal(amount) / 100},{meter}"
            for start, more, amount, meter in rows
        ),
        header="from,to,kwh,meter",
    )


def assert_projected(person: Person) -> None:
    """The projection is what the records say: each day that one covers, and the exact sum."""
    covered: Counter[tuple[str, date]] = Counter()
    totals: dict[str, Decimal] = {}
    ending: Counter[str] = Counter()
    for name, start, end, _, _, _, amount in records(person):
        totals[name] = totals.get(name, Decimal(0)) + amount
        ending[name] += 1
        for number in range((end - (start or end)).days + 1):
            covered[name, (start or end) + timedelta(days=number)] += 1
    names = {row[0]: row[1] for row in meters(person)}
    found_days, found_months = days(person), months(person)
    assert Counter({(names[row[0]], row[1]): row[3] for row in found_days}) == covered
    for meter_id, name in names.items():
        total = totals.get(name, Decimal(0))
        assert sum(row[2] for row in found_days if row[0] == meter_id) == total
        assert sum(row[2] for row in found_months if row[0] == meter_id) == total
        assert sum(row[4] for row in found_days if row[0] == meter_id) == ending[name]
    masks = {
        (names[row[0]], row[1].replace(day=bit + 1))
        for row in found_months
        for bit in range(31)
        if row[5] >> bit & 1
    }
    assert masks == set(covered)
    for _, name, count, first, last in meters(person):
        own = [day for meter, day in covered if meter == name]
        assert (count, first, last) == (
            ending[name],
            min(own, default=None),
            max(own, default=None),
        )


@given(_LINES, _LINES, _LINES, st.permutations(range(3)), st.sampled_from(["add", "reject"]))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_three_overlapping_imports_can_be_undone_in_any_order(
    first: Any, second: Any, third: Any, order: list[int], on_conflict: str
) -> None:
    person = _somebody()
    bodies = [
        imported(person, file_of(rows), mode="valid", on_conflict=on_conflict)
        for rows in (first, second, third)
    ]
    assert_projected(person)
    standing = [body["counts"]["added"] for body in bodies]
    for at in order:
        person_undo(person, bodies[at])
        standing[at] = 0
        assert len(records(person)) == sum(standing)
        assert_projected(person)
    assert projection(person) == ([], [], [])


@given(_LINES, _LINES)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_undo_of_the_last_import_gives_the_very_rows_of_before(first: Any, second: Any) -> None:
    person = _somebody()
    earlier = imported(person, file_of(first), mode="valid")
    before = records(person), projection(person)
    later = imported(person, file_of(second), mode="valid", on_conflict="add")
    person_undo(person, later)
    assert (records(person), projection(person)) == before
    person_undo(person, earlier)


# Exact sums


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.integers(0, 3),
            st.decimals(0, 10**6, places=4, allow_nan=False, allow_infinity=False),
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_lists_and_analytics_give_the_exact_sums_of_the_file(
    rows: list[tuple[int, int, Decimal]],
) -> None:
    person = _somebody()
    lines = [
        f"{_DAY + timedelta(days=start)},{_DAY + timedelta(days=start + more)},{amount:f}"
        for start, more, amount in rows
    ]
    body = imported(person, csv(*lines, header="from,to,electricity kwh"))
    total = sum((row[2] for row in rows), Decimal(0))
    listed = person.get("/api/consumption?per_page=100").get_data(as_text=True)
    items = json.loads(listed, parse_float=Decimal, parse_int=Decimal)["items"]
    assert sum(item["amount"] for item in items) == total
    query = {"date_from": "2026-01-01", "date_to": "2026-04-30", "group_by": "month"}
    answer = person.get("/api/consumption/analytics", query_string=query).get_data(as_text=True)
    (found,) = json.loads(answer, parse_float=Decimal, parse_int=Decimal)["utilities"]
    assert found["total"] == total
    assert found["record_count"] == len(rows)
    with of_person(person):
        assert sum(row[2] for row in days(person)) == total
    person_undo(person, body)


# Lists


def test_imports_are_listed_newest_first_in_pages(person: Person) -> None:
    ids = [imported(person, csv(f"2026-01-0{number},1"))["id"] for number in range(1, 6)]
    first = person.get(f"{PATH}?per_page=2").get_json()
    assert [item["id"] for item in first["items"]] == [ids[4], ids[3]]
    second = person.get(f"{PATH}?per_page=2&before={first['next_before']}").get_json()
    assert [item["id"] for item in second["items"]] == [ids[2], ids[1]]
    last = person.get(f"{PATH}?per_page=2&before={second['next_before']}").get_json()
    assert [item["id"] for item in last["items"]] == [ids[0]]
    assert last["next_before"] is None
    assert all(item["reading"] is None for item in first["items"])


def test_a_page_that_ends_with_the_list_has_no_next(person: Person) -> None:
    for number in range(1, 3):
        imported(person, csv(f"2026-01-0{number},1"))
    assert person.get(f"{PATH}?per_page=2").get_json()["next_before"] is None


@pytest.mark.parametrize("query", ["per_page=0", "per_page=101", "before=0", "before=x", "page=1"])
def test_a_page_that_cannot_be_is_refused(anybody: Person, query: str) -> None:
    assert anybody.get(f"{PATH}?{query}").status_code == 422


def test_imports_of_others_are_not_there(app: Flask, person: Person) -> None:
    other = new_person(app)
    body = imported(other, THREE)
    assert person.get(PATH).get_json() == {"items": [], "next_before": None}
    for method, path in (("GET", ""), ("GET", "/problems"), ("POST", "/undo")):
        assert person.call(method, f"{PATH}/{body['id']}{path}").status_code == 404
    assert len(records(other)) == 3


def test_a_viewer_sees_imports_but_makes_and_undoes_none(person: Person) -> None:
    body = imported(person, THREE)
    be_viewer(person)
    assert person.get(PATH).status_code == 200
    assert person.get(f"{PATH}/{body['id']}/problems").status_code == 200
    refused(person, csv("2026-01-09,1"), 403)
    refused(person, csv("2026-01-09,1"), 403, dry_run=True)
    assert person.post(f"{PATH}/{body['id']}/undo").status_code == 403


# The same request again


def test_the_same_key_with_the_same_file_gets_the_same_answer(person: Person) -> None:
    first = send(person, THREE, headers={"Idempotency-Key": "one"})
    again = send(person, THREE, headers={"Idempotency-Key": "one"})
    assert again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_data() == first.get_data()
    assert again.headers["Location"] == first.headers["Location"]
    assert import_count(person) == 1


@pytest.mark.parametrize(("data", "form"), [(csv("2026-01-01,1"), {}), (THREE, {"mode": "valid"})])
def test_the_same_key_with_another_request_is_refused(
    person: Person, data: bytes, form: dict[str, str]
) -> None:
    send(person, THREE, headers={"Idempotency-Key": "one"})
    response = send(person, data, headers={"Idempotency-Key": "one"}, **form)
    assert response.status_code == 422
    assert import_count(person) == 1


# Files that are none


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04\x14\x00\x06\x00 xl/workbook.xml", b"\x1f\x8b\x08\x00\x00\x00\x00\x00"],
)
def test_an_archive_that_is_damaged_is_refused_as_such(person: Person, data: bytes) -> None:
    problem = refused(person, data)
    assert "is damaged" in problem["detail"]
    assert problem["errors"][0]["pointer"] == "#file"


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"   \r\n\r\n"])
def test_an_empty_file_is_refused_as_such(anybody: Person, data: bytes) -> None:
    problem = refused(anybody, data)
    assert problem["errors"][0]["pointer"] == "#file"
    assert "empty" in problem["detail"]


def test_a_file_with_nothing_but_a_header_is_refused(person: Person) -> None:
    problem = refused(person, csv())
    assert "no lines below its header" in problem["detail"]


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"PK\x05\x06" + bytes(18), "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "Excel"),
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "PDF"),
    ],
)
def test_another_kind_of_file_is_named_with_what_to_do(
    anybody: Person, data: bytes, advice: str
) -> None:
    problem = refused(anybody, data)
    assert advice in problem["detail"]
    assert "CSV" in problem["detail"]
    assert problem["errors"][0]["pointer"] == "#file"


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 10, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\0" * 1000, b"\xff"]
)
def test_binary_garbage_is_refused(anybody: Person, data: bytes) -> None:
    assert refused(anybody, data)["errors"][0]["pointer"].startswith(("#file", "#mapping"))


def test_a_form_without_a_file_is_refused(person: Person) -> None:
    response = person.call(
        "POST", PATH, data={"mode": "all"}, content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["pointer"] == "#file"


def test_the_part_file_must_be_a_file(person: Person) -> None:
    response = person.call(
        "POST", PATH, data={"file": THREE.decode()}, content_type="multipart/form-data"
    )
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["pointer"] == "#file"


def test_two_files_are_refused(person: Person) -> None:
    parts = {"file": [(io.BytesIO(THREE), "a.csv"), (io.BytesIO(THREE), "b.csv")]}
    response = person.call("POST", PATH, data=parts, content_type="multipart/form-data")
    assert response.status_code == 422
    expected = {"detail": "is given 2 times", "code": "given-twice", "params": {}}
    assert response.get_json()["errors"] == [{"pointer": "#file", **expected}]
    assert import_count(person) == 0


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "", "multipart/mixed"])
def test_another_type_of_body_is_refused(anybody: Person, content_type: str) -> None:
    response = anybody.call("POST", PATH, data=THREE, content_type=content_type)
    assert response.status_code == 415
    assert "multipart/form-data" in response.get_json()["detail"]


def test_a_multipart_body_that_is_none_is_refused(person: Person) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        response = person.call("POST", PATH, data=b"no parts", content_type=content_type)
        assert 400 <= response.status_code < 500


def test_a_file_beyond_the_limit_is_refused_with_the_limit() -> None:
    app = sqlite_app(max_upload_mb=1)
    person = new_person(app)
    data = csv(*["2026-01-01,1"] * 90_000)
    problem = refused(person, data, 413)
    assert "1 MB" in problem["detail"]
    problem = refused(person, data, 413, headers={"Idempotency-Key": "one"})
    assert "1 MB" in problem["detail"]
    state_of(app).db.engine.dispose()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("März 2026.csv", "März 2026.csv"),
        ("a\0b.csv", "ab.csv"),
        ("a\u202ecsv.exe", "acsv.exe"),
        ("x" * 1_000 + ".csv", "x" * 255),
        ("/", "file"),
        ("<b>.csv", "<b>.csv"),
    ],
)
def test_a_hostile_file_name_is_kept_as_a_harmless_one(
    person: Person, name: str, kept: str
) -> None:
    assert imported(person, THREE, name=name)["file_name"] == kept


def test_of_a_path_of_windows_the_last_part_is_kept() -> None:
    assert safe_file_name("C:\\Users\\me\\März.csv") == "März.csv"
    assert safe_file_name(None) == "file"


def test_a_file_name_with_a_line_break_cannot_forge_a_header(person: Person) -> None:
    name = "a.csv\r\nX-Forged: yes\r\n\r\nforged"
    response = send(person, THREE, name=name)
    assert response.status_code in (201, 400, 422)
    assert "X-Forged" not in response.headers
    if response.status_code == 201:
        assert "\n" not in response.get_json()["file_name"]
