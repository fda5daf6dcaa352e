"""A person with things to name, so that most cases of a fuzzer get past 404."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation

from tests.factories import PASSWORD, Person, new_person

DAY_ONE = datetime(1950, 1, 1, tzinfo=UTC)
OF_DIALS = ("/reads", "/expected", "/reads/{read_id}", "/replace", "/events")
OF_INTERVALS = ("/intervals", "/corrections", "/series", "/profile", "/quality", "{meter_id}.xml")
INTERVALS = {"start": "2026-03-01T00:00:00+01:00", "step_seconds": 900, "unit": "kWh"}
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
        body = {"name": "Smart", "consumption_type": "electricity", "source": "intervals"}
        self.smart = self.person.post("/api/meters", json=body).json["id"]
        body = INTERVALS | {"amounts": [0.25] * 960}
        assert self.person.post(f"/api/meters/{self.smart}/intervals", json=body).status_code == 200
        self.profiles = [self.new_profile() for _ in range(2)]
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

    def next_read(self) -> dict[str, Any]:
        """What the dial shows a day later."""
        self.numbers += 1
        at = DAY_ONE + timedelta(days=self.numbers)
        return {"read_at": at.isoformat(), "value": self.numbers, "kind": "estimated"}

    def new_read(self) -> int:
        found = self.person.post(f"/api/meters/{self.dial}/reads", json=self.next_read())
        return int(found.json.get("id") or self.reads[-1])

    def new_site(self) -> int:
        self.numbers += 1
        return self.made("/api/sites", name=f"Site {self.numbers}")

    def new_meter(self) -> int:
        self.numbers += 1
        name = f"Meter {self.numbers}"
        return self.made("/api/meters", name=name, consumption_type="electricity")

    def made(self, path: str, **body: Any) -> int:
        answer = self.person.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json["id"])

    def new_profile(self) -> int:
        self.numbers += 1
        name = f"Profile {self.numbers}"
        return self.made("/api/import-profiles", name=name, format="generic_csv", mapping={})

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
        if name == "profile_id":
            return self.new_profile() if is_last_use else self.random.choice(self.profiles)
        if name == "key_id":
            return self.new_key() if is_last_use else self.key
        if name == "user_id":
            return self.new_member() if is_last_use else self.member
        if name == "site_id":
            return self.new_site() if is_last_use else self.random.choice(self.sites)
        return self.new_meter() if is_last_use else self.random.choice(self.meters)

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
        if "meter_id" in (case.path_parameters or {}):
            self._reach_meter(case)
        if negative or case.meta.generation.mode.is_negative:
            return
        if case.headers and "If-Match" in case.headers:
            case.headers["If-Match"] = self.random.choice(("*", '"1"'))
        if case.query:
            self._reach_query(case.query)
        if isinstance(case.body, dict):
            self._reach_body(case)

    def _reach_meter(self, case: Case) -> None:
        if case.path.endswith(OF_DIALS):
            case.path_parameters["meter_id"] = self.dial
        elif case.path.endswith(OF_INTERVALS):
            case.path_parameters["meter_id"] = self.smart

    def _reach_query(self, query: dict[str, Any]) -> None:
        for name, known in (("meter_id", self.meters), ("import_id", self.imports)):
            if name in query:
                query[name] = self.random.choice(known)
        if "date_from" in query:
            query["date_from"] = "2025-11-03"
        if "date_to" in query:
            query["date_to"] = "2026-03-31"
        if "from" in query:
            query["from"] = "2026-02-27"
        if "to" in query:
            query["to"] = "2026-03-31"
        if "at" in query:
            query["at"] = self.next_read()["read_at"].replace("+00:00", "Z")
        for name in ("cursor", "read_id"):
            query.pop(name, None)

    def _reach_body(self, case: Case) -> None:
        """Give a body the names and days that it needs, by the end of its path."""
        for endings, reach in (
            (("/login", "/password", "/refresh", "/logout", "/register"), self._reach_session),
            (("/imports", "/archives"), self._reach_upload),
            (("/batch", "/restore"), self._reach_batch),
            (("/switch", "/members"), self._reach_people),
            (("/reads", "/reads/{read_id}", "/replace", "/events"), self._reach_dial),
            (("/intervals", "/corrections"), self._reach_intervals),
        ):
            if case.path.endswith(endings):
                reach(case)
                return
        self._reach_entry(case.body)

    def _reach_session(self, case: Case) -> None:
        if case.path.endswith("/login"):
            name = self.person.user["username"]
            case.body = {"username": name, "password": PASSWORD, "token_delivery": "body"}
        elif case.path.endswith("/password"):
            case.body = {"current_password": PASSWORD, "new_password": PASSWORD}
        elif case.path.endswith("/register"):
            self.numbers += 1
            name = f"fuzzed{self.numbers}"
            case.body |= {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
            case.body.pop("time_zone", None)
        else:
            case.body = {"refresh_token": self.new_session()["refresh_token"]}

    def _reach_upload(self, case: Case) -> None:
        self.numbers += 1
        text = CSV.format(day=self.numbers % 28 + 1, amount=self.numbers).encode()
        case.body.clear()
        case.body.update({"file": text, "on_conflict": "add"})

    def _reach_people(self, case: Case) -> None:
        if case.path.endswith("/switch"):
            case.body["account_id"] = self.person.account["id"]
        else:
            case.body.pop("email", None)
            case.body["username"] = new_person(self.person.app).user["username"]

    def _reach_dial(self, case: Case) -> None:
        body, now = case.body, self.next_read()
        for name in {"read_at", "at"} & body.keys():
            body[name] = now["read_at"]
        for name in {"value", "initial_value", "final_value"} & body.keys():
            body[name] = now["value"]
        if "value" in body:
            body["kind"] = "estimated"
            for name in {"serial_number", "register_digits", "multiplier"} & body.keys():
                body[name] = None

    def _reach_intervals(self, case: Case) -> None:
        body = case.body
        if case.path.endswith("/corrections"):
            body["from"], body["to"] = "2026-03-02T00:00:00+01:00", "2026-03-02T03:00:00+01:00"
            body["amount"] = 1.5 if body["action"] == "set_value" else None
            return
        for entry in body.get("meters", [body]):
            counted = [None if one is None else min(one, 9.5) for one in entry["amounts"][:96]]
            entry.update(INTERVALS, amounts=counted)
            if "meter_id" in entry:
                entry["meter_id"] = self.smart

    def _reach_batch(self, case: Case) -> None:
        body = case.body
        if case.path.endswith("/restore"):
            gone = self.person.delete(f"/api/consumption/{self.new_record()}")
            body["undo_token"] = gone.headers["Undo-Token"]
            return
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
