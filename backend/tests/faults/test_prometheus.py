"""A real Prometheus reads the metrics of a running product; the rules are right."""

import http.client
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from prometheus_client.metrics_core import Metric

from app.metrics import REGISTRY
from app.postgres import cluster_at
from tests.attack.product import Product, running_product, until
from tests.faults.test_imports_killed import long_csv, multipart
from tests.programs import ROOT, debian_program, free_port

DEPLOY = ROOT / "deploy"


def program(name: str) -> str:
    return debian_program(name, "prometheus")


def promtool(*arguments: str) -> str:
    done = subprocess.run(
        [program("promtool"), *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_rules_are_well_formed_and_fire_when_they_should() -> None:
    assert "SUCCESS" in promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yml")
    assert "SUCCESS" in promtool("check", "config", "prometheus.yml")


def test_each_alert_has_its_place_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    rules = (DEPLOY / "prometheus" / "alerts.yml").read_text()
    alerts = [line.split()[-1] for line in rules.splitlines() if "- alert:" in line]
    assert len(alerts) >= 6
    assert [name for name in alerts if f"### {name}\n" not in runbook] == []
    assert [name for name in alerts if f"runbook.md#{name.lower()}\n" not in rules] == []


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """The product, used a little; files are imported one after the other, by one worker."""
    with running_product(workers=1, IMPORT_AT_ONCE_MB="0") as found:
        token = found.sign_up()["access_token"]
        body = {"consumption_type": "water", "amount": 1, "consumption_date": "2026-01-05"}
        for _ in range(5):
            found.call("POST", "/api/consumption", body, Authorization=f"Bearer {token}")
        yield found


@pytest.fixture(scope="module")
def prometheus(product: Product) -> Iterator[int]:
    """A Prometheus with our configuration that reads it; gives its port."""
    folder, port = Path(tempfile.mkdtemp(prefix="consumo-prometheus-")), free_port()
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{product.port}").replace("15s", "1s")
    (folder / "prometheus.yml").write_text(text)
    shutil.copy(DEPLOY / "prometheus" / "alerts.yml", folder)
    files = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    process = subprocess.Popen(
        [program("prometheus"), *files, f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: ask(port, 'up{job="consumo"} == 1'), 30, "the first reading")
        yield port
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def ask(port: int, query: str) -> list[Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/api/v1/query?query={quote(query)}")
        answer = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return []
    finally:
        connection.close()
    result: list[Any] = answer.get("data", {}).get("result", [])
    return result


def test_requests_connections_and_size_are_read(product: Product, prometheus: int) -> None:
    created = 'sum(consumo_http_requests_total{route="/api/consumption", status="201"})'
    until(lambda: [row["value"][1] for row in ask(prometheus, created)] == ["5"], 20, "the count")
    limit = ask(prometheus, "sum(consumo_database_connections_limit)")
    assert float(limit[0]["value"][1]) == 4
    assert float(ask(prometheus, "consumo_database_size_bytes")[0]["value"][1]) > 1_000_000
    assert float(ask(prometheus, "sum(consumo_database_connections_in_use)")[0]["value"][1]) <= 1


def test_imports_under_way_and_those_that_wait_are_read(product: Product, prometheus: int) -> None:
    token = {"Authorization": f"Bearer {product.sign_up('importer')['access_token']}"}
    url = cluster_at(product.data_dir).url("postgres").replace("+psycopg", "")
    with psycopg.connect(url) as holder:  # the first one is held up where it stores
        holder.execute("LOCK TABLE interval_blocks IN EXCLUSIVE MODE")
        for name in ("one", "two", "three"):
            body, headers = multipart(long_csv(name, 96))
            assert product.call("POST", "/api/imports", body, **token, **headers).status == 202
        until(lambda: ask(prometheus, "consumo_imports_waiting >= 1"), 30, "one that waits")
        until(lambda: ask(prometheus, "consumo_imports_running == 1"), 30, "one under way")
    at_rest = "consumo_imports_waiting + consumo_imports_running == 0"
    until(lambda: ask(prometheus, at_rest), 90, "the end of all")


def test_every_metric_of_rules_and_dashboard_exists() -> None:
    known = {name for metric in REGISTRY.collect() for name in _names(metric)}
    files = (DEPLOY / "prometheus" / "alerts.yml", DEPLOY / "grafana" / "consumo.json")
    used = set(re.findall(r"\bconsumo_[a-z_]+", "".join(file.read_text() for file in files)))
    assert len(used) >= 5
    assert sorted(used - known) == []


def _names(metric: Metric) -> set[str]:
    suffix = {"counter": "_total", "histogram": "_bucket"}.get(metric.type, "")
    return {f"{metric.name}{suffix}"}
