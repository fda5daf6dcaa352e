"""Schemathesis over every operation of the document, on PostgreSQL.

CONSUMO_FUZZ_CASES scales it; the same number always makes the same cases.
"""

import json
import os
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)

from app import create_app
from app.postgres import Cluster
from tests.conftest import make_settings, state_of
from tests.contract.world import World
from tests.factories import new_person

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
