"""Each format is found by detection among all of them: one beginning of a file for each."""

from pathlib import Path

import pytest

from app import importers

HEADS = {
    "long_csv": "meter,start,kWh,seconds,quality\nA,2025-01-01T00:00:00Z,1.5,900,A\n",
    "series_json": '{"meter":{"name":"A"},"resolution":"interval","readings":[\n{"start":"x"}\n',
    "nem12": "100,NEM12,202404010930,MDP,R\n200,4100000001,E1,1,E1,N1,M1,kWh,30,\n",
    "home_assistant_energy": "entity_id,type,unit,2025-03-29T23:00:00.000Z\n",
    "home_assistant_history": "entity_id,state,last_changed\n",
    "home_assistant_statistics": "statistic_id;unit;start;delta\n",
    "emoncms": "1704067200,100\n1704067210,105\n",
    "oed_csv": "10.5,2021-06-02 00:00:00,2021-06-02 01:00:00\n",
    "dsmr_reader": "Hour Start,Electricity 1 (Dutch Users: Low Tariff),Gas\n",
    "homewizard": "time,Import T1 kWh,Import T2 kWh,Export T1 kWh,Export T2 kWh\n",
    "fluvius": "\ufeffVan datum;Van tijdstip;Tot datum;Tot tijdstip;EAN-code;Meter;Metertype;"
    "Register;Volume;Eenheid;Validatiestatus\n",
    "enel": "Giorno;" + ";".join(f"00:{m:02}-00:{m + 1:02}" for m in range(30)) + "\n",
    "exelon_ami": "Account\n\nStart Interval Date/Time,Meter Id,Usage,Units,Interval,Usage,Units,"
    "Interval\n",
    "ampds2": "unix_ts,counter,avg_rate,inst_rate\n1333263600,45287.526,0.0,0.0\n",
    "xcel_bills": "Bill Date,Electric Charges,Electric Charges,Electric Usage (kWh),Total\n",
    "dutch_registers": 'datum;"afname stand dal";"afname stand normaal";"invoeding stand dal"\n',
    "ausgrid_solar_home": ",GC,GG\n2011-07-01 00:00:00,0.392,0.0\n",
}


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_format_is_found_among_all(name: str, ending: str) -> None:
    head = HEADS[name].replace("\n", ending).encode()
    found = importers.detect("download.csv", head)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "head",
    [
        "Date,Usage (kWh)\n2024-01-01,5\n",
        "2024-01-01,5\n2024-01-02,6\n",
        "01/02/2024;5,5\n",
        "time,value\n1704067200,1\n",
        "5,6,7\n",
        "meter,reading\nA,1\n",
    ],
)
def test_a_plain_table_is_left_to_what_reads_tables(head: str) -> None:
    assert importers.detect("download.csv", head.encode()) is None


@pytest.mark.parametrize("name", importers.NAMES)
def test_every_format_has_its_row_in_the_documentation(name: str) -> None:
    page = Path(__file__).resolve().parents[4] / "docs" / "formats.md"
    assert f"\n| `{name}` |" in page.read_text(encoding="utf-8")
