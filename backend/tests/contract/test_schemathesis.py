"""Schemathesis over every operation of the document, on PostgreSQL.

CONSUMO_FUZZ_CASES scales it; the same number always makes the same cases.
"""

import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)

from app import create_app
from app.postgres import Cluster
from tests.conftest import make_settings, state_of
from tests.factories import PASSWORD, Person, new_person

LEAST_CASES = 1_500
CASES = int(os.environ.get("CONSUMO_FUZZ_CASES", LEAST_CASES))
EXPLICIT = 1_100  # about as many come from examples and boundaries, whatever the budget is
REJECTIONS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
CSV = "date,kWh\n2026-02-{day:02d},{amount}\n"


@dataclass
class World:
    """A person with things to name, so that most cases get past 404."""

    person: Person
    random: Random = field(default_factory=lambda: Random(20261122))
    numbers: int = 0

    def __post_init__(self) -> None:
        self.meters = [item["id"] for item in self.person.get("/api/meters").json["items"]]
        for name in ("Boiler", "Garage"):
            body = {"name": name, "consumption_type": "electricity"}
            self.meters.append(self.person.post("/api/meters", json=body).json["id"])
        self.sites = [item["id"] for item in self.person.get("/api/sites").json["items"]]
        self.records = [self.person.record(n, consumption_date=f"2026-01-{n:02d}") for n in (3, 9)]
        body = {"name": "Dial", "consumption_type": "electricity", "source": "register"}
        self.dial = self.person.post("/api/meters", json=body).json["id"]
        self.reads = [self.new_read() for _ in range(4)]
        self.imports = [self.new_import() for _ in range(4)]
        self.member = self.new_member()
        self.key = self.new_key()

    def new_record(self) -> int:
        self.numbers += 1
        return int(self.person.record(self.numbers % 90, description=f"no {self.numbers}")["id"])

    def new_import(self) -> int:
        self.numbers += 1
        text = CSV.format(day=self.numbers % 28 + 1, amount=self.numbers).encode()
        form = {"file": (BytesIO(text), "more.csv"), "on_conflict": "add", "mode": "valid"}
        answer = self.person.post("/api/imports", data=form)
        assert answer.status_code == 201, answer.text
        return int(answer.json["id"])

    def new_read(self) -> int:
        self.numbers += 1
        at = f"{1950 + self.numbers // 10}-0{1 + self.numbers % 9}-01T00:00:00Z"
        body = {"read_at": at, "value": self.numbers, "kind": "estimated"}
        found = self.person.post(f"/api/meters/{self.dial}/reads", json=body)
        return int(found.json.get("id") or self.reads[-1])

    def new_session(self) -> dict[str, Any]:
        body = {"username": self.person.user["username"], "password": PASSWORD}
        answer = self.person.client.post("/api/auth/login", json=body | {"token_delivery": "body"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def new_member(self) -> int:
        somebody = new_person(self.person.app)
        body = {"username": somebody.user["username"], "role": "viewer"}
        assert self.person.post("/api/members", json=body).status_code == 201
        return int(somebody.user["id"])

    def new_key(self) -> int:
        body = {"name": "A key", "scopes": ["read"]}
        return int(self.person.post("/api/api-keys", json=body).json["id"])

    def come_home(self, response: Any) -> None:
        """Go on in the person's account again after a switch to another."""
        if response.status_code == 200:
            self.person.access_token = response.json()["access_token"]
            body = {"account_id": self.person.account["id"]}
            answer = self.person.post("/api/auth/switch", json=body)
            self.person.access_token = answer.json["access_token"]

    def path_id(self, name: str, is_last_use: bool) -> int:
        """Give an id that exists; a new one where the operation uses it up."""
        if name == "consumption_id":
            return self.new_record() if is_last_use else self.random.choice(self.records)["id"]
        if name == "import_id":
            return self.new_import() if is_last_use else self.random.choice(self.imports)
        if name == "session_id":
            self.new_session()
            mine = self.person.get("/api/auth/sessions").json["items"]
            return int(next(item["id"] for item in mine if not item["current"]))
        if name == "read_id":
            return self.new_read() if is_last_use else self.random.choice(self.reads)
        if name == "key_id":
            return self.new_key() if is_last_use else self.key
        if name == "user_id":
            return self.new_member() if is_last_use else self.member
        return int(self.random.choice(self.meters if name == "meter_id" else self.sites))

    def reach(self, case: Case) -> None:
        """Give most valid cases ids, days and credentials that exist."""
        named = str((case.path_parameters or {}).get("user_id"))
        if named.strip().removesuffix(".0") == str(self.person.user["id"]):
            case.path_parameters["user_id"] = self.member  # whoever asks stays a member
        negative = {w for w, part in case.meta.components.items() if part.mode.is_negative}
        if self.random.random() > 0.9 or ParameterLocation.PATH in negative:
            return
        is_last_use = case.method == "DELETE" or case.path.endswith("/undo")
        for name in case.path_parameters or {}:
            case.path_parameters[name] = self.path_id(name, is_last_use)
        of_dials = ("/reads", "/expected", "/{read_id}", "/replace", "/events")
        if case.path.endswith(of_dials) and "meter_id" in (case.path_parameters or {}):
            case.path_parameters["meter_id"] = self.dial
        if negative or case.meta.generation.mode.is_negative:
            return
        if case.headers and "If-Match" in case.headers:
            case.headers["If-Match"] = self.random.choice(("*", '"1"'))
        if case.query:
            self._reach_query(case.query)
        if isinstance(case.body, dict):
            self._reach_body(case)

    def _reach_query(self, query: dict[str, Any]) -> None:
        for name, known in (("meter_id", self.meters), ("import_id", self.imports)):
            if name in query:
                query[name] = self.random.choice(known)
        if "date_from" in query:
            query["date_from"] = "2025-11-03"
        if "date_to" in query:
            query["date_to"] = "2026-03-31"
        query.pop("cursor", None)

    def _reach_body(self, case: Case) -> None:
        body = case.body
        credentials = {"username": self.person.user["username"], "password": PASSWORD}
        if case.path.endswith("/login"):
            case.body = credentials | {"token_delivery": "body"}
        elif case.path.endswith("/password"):
            case.body = {"current_password": PASSWORD, "new_password": PASSWORD}
        elif case.path.endswith(("/refresh", "/logout")):
            case.body = {"refresh_token": self.new_session()["refresh_token"]}
        elif case.path.endswith("/register"):
            self.numbers += 1
            body["username"] = f"fuzzed{self.numbers}"
            body["email"] = f"fuzzed{self.numbers}@example.org"
            body["password"] = PASSWORD
            body.pop("time_zone", None)
        elif case.path.endswith(("/imports", "/archives")):
            self.numbers += 1
            text = CSV.format(day=self.numbers % 28 + 1, amount=self.numbers).encode()
            body.clear()
            body.update({"file": text, "on_conflict": "add"})
        elif case.path.endswith("/batch"):
            self._reach_batch(body)
        elif case.path.endswith("/restore"):
            gone = self.person.delete(f"/api/consumption/{self.new_record()}")
            body["undo_token"] = gone.headers["Undo-Token"]
        elif case.path.endswith("/switch"):
            body["account_id"] = self.person.account["id"]
        elif case.path.endswith("/members"):
            body.pop("email", None)
            body["username"] = new_person(self.person.app).user["username"]
        else:
            self._reach_entry(body)

    def _reach_batch(self, body: dict[str, Any]) -> None:
        ids = iter([self.new_record() for _ in range(6)])
        for entry in body.get("create", [])[:3]:
            self._reach_entry(entry)
        body["update"] = [
            entry | {"id": next(ids), "version": 1} for entry in body.get("update", [])[:3]
        ]
        for entry in body["update"]:
            self._reach_entry(entry)
        if "delete" in body:
            body["delete"] = [next(ids)]

    def _reach_entry(self, entry: dict[str, Any]) -> None:
        if "consumption_date" in entry:
            entry["consumption_date"] = f"2026-0{self.random.randrange(1, 10)}-17"
            entry["unit"] = None
            entry["amount"] = self.random.choice((0, 1.5, 1234.0001, 9999999999.9999))
        for name, known in (("meter_id", self.meters), ("site_id", self.sites)):
            if entry.get(name) is not None:
                entry[name] = self.random.choice(known) if name == "site_id" else None
        if entry.get("time_zone") is not None:
            entry["time_zone"] = "Pacific/Apia"
        if "unit" in entry:
            entry["unit"] = None
        if "name" in entry:
            self.numbers += 1
            entry["name"] = f"{entry['name'][:100]} {self.numbers}"


def load(app: Any) -> Any:
    """Load the document from the application, with 412, 413 and 428 counted as refusals."""
    refusal = {"expected-statuses": REJECTIONS}
    config = SchemathesisConfig.from_dict(
        {"seed": 20261122, "checks": {"negative_data_rejection": refusal}}
    )
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=config)


def test_no_case_breaks_the_contract(cluster: Cluster) -> None:
    app = create_app(make_settings(database_url=cluster.url("consumo_app"), demo_account=True))
    world = World(new_person(app))
    document = load(app)
    operations = [found.ok() for found in document.get_all_operations()]
    statuses: Counter[int] = Counter()
    by_operation: dict[str, Counter[int]] = defaultdict(Counter)
    load_all_checks()
    chosen_checks = CHECKS.get_by_names(CHECKED)
    broken: dict[tuple[str, str], str] = {}

    def check(case: Case) -> None:
        world.reach(case)
        # The in-process transport does not unpack what it would ask for.
        response = case.call(headers=world.person.headers | {"Accept-Encoding": "identity"})
        statuses[response.status_code] += 1
        by_operation[case.operation.label][response.status_code] += 1
        if case.path.endswith("/logout"):  # perhaps everywhere
            world.person.access_token = world.new_session()["access_token"]
        if case.path.endswith("/switch") and case.method == "POST":
            world.come_home(response)
        assert world.person.get("/api/auth/me").status_code == 200, (case.method, case.path)
        try:
            case.validate_response(response, checks=chosen_checks, headers=world.person.headers)
        except FailureGroup as group:
            for failure in group.exceptions:
                if is_valid_after_all(case, response.request.url, str(failure)):
                    continue
                broken.setdefault((case.operation.label, failure.title), str(group))

    chosen = settings(
        max_examples=max(35, (CASES - EXPLICIT) // 30),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    explicit = HypothesisTestConfig(
        project=document.config,
        modes=[HypothesisTestMode.EXAMPLES, HypothesisTestMode.COVERAGE],
        explicit_settings=chosen,
    )
    for operation in operations:
        create_test(operation=operation, test_func=check, config=explicit)()
        valid = operation.as_strategy(GenerationMode.POSITIVE)
        broken_in_part = operation.as_strategy(GenerationMode.NEGATIVE)
        chosen(given(case=one_of(valid, valid, valid, valid, valid, broken_in_part))(check))()
    state_of(app).db.engine.dispose()
    cases = statuses.total()
    good = sum(count for status, count in statuses.items() if 200 <= status < 300)
    print(f"\nschemathesis: {cases} cases, {good} ({good / cases:.0%}) answered 2xx:")
    print(json.dumps(dict(sorted(statuses.items()))))
    for label, counts in by_operation.items():
        print(f"  {label}: {dict(sorted(counts.items()))}")
    assert not broken, "\n\n".join(f"{label}: {text}" for (label, _), text in broken.items())
    assert cases >= max(CASES, LEAST_CASES)
    assert good / cases >= 0.25
    without = [label for label, counts in by_operation.items() if not good_in(counts)]
    assert not without, f"never answered 2xx: {without}"


def is_valid_after_all(case: Case, url: str, failure: str) -> bool:
    """Tell whether what was sent is valid, other than the case that it was made from.

    A query parameter without a value is never sent, and the space around a name, which counts
    for the length in a schema, is cut off before it is measured.
    """
    wrong = [line for line in failure.splitlines() if "violates" in line]
    sent = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    if sent <= {parameter.name for parameter in case.operation.query}:
        wrong = [line for line in wrong if not line.strip().startswith(NEVER_SENT)]
    texts = case.body.values() if isinstance(case.body, dict) else ()
    if any(isinstance(text, str) and text != text.strip() for text in texts):
        wrong = [line for line in wrong if "violates `maxLength` at /properties/" not in line]
    return "violates" in failure and not wrong


NEVER_SENT = ("- query: violates `additionalProperties`", "- header: violates `required` (was Auth")


def good_in(counts: Counter[int]) -> int:
    """Count the 2xx."""
    return sum(count for status, count in counts.items() if 200 <= status < 300)
