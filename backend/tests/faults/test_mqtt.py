"""The subscriber of MQTT against a real mosquitto: what the broker accepted is stored once the
dust has settled, whoever is killed meanwhile."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from app.postgres import Cluster
from tests.attack.test_forged_api_keys import make_key
from tests.conftest import SECRET
from tests.factories import Person
from tests.integration.test_devices_pg import meter, profile
from tests.programs import debian_program, free_port

BACKEND = Path(__file__).parents[2]
START = datetime(2026, 2, 28, 23, tzinfo=UTC)  # midnight in Madrid


@dataclass
class Broker:
    """A mosquitto that keeps what it accepted on disk, also when it is killed."""

    program: str
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        (self.folder / "m.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_on_changes true\n"
            f"autosave_interval 1\nmax_queued_messages 0\nuser root\n"
        )
        self.process = subprocess.Popen(
            [self.program, "-c", self.folder / "m.conf"], stderr=subprocess.DEVNULL
        )
        until(lambda: _listens(self.port))

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(debian_program("mosquitto"), tmp_path, free_port())
    made.start()
    yield made
    made.kill()


@dataclass
class Subscriber:
    """`python -m app.subscriber` for one person's account."""

    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        before = self.said()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.subscriber"],
                cwd=BACKEND, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        until(lambda: "mqtt connected" in self.said()[len(before) :])

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait()


@pytest.fixture
def subscriber(
    cluster: Cluster, pg_person: Person, broker: Broker, tmp_path: Path
) -> Iterator[Subscriber]:
    key = make_key(pg_person, scopes=["intervals:write"])["key"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "MQTT_"))}
    made = Subscriber(
        kept
        | {
            "DATABASE_URL": cluster.url("consumo_app"),
            "JWT_SECRET": SECRET,
            "MQTT_URL": f"mqtt://127.0.0.1:{broker.port}",
            "MQTT_TOPICS": "consumo/+/intervals,telegraf",
            "MQTT_API_KEY": key,
            "LOG_LEVEL": "INFO",
        },
        tmp_path / "log",
    )
    made.start()
    yield made
    made.kill(signal.SIGTERM)


def publisher(broker: Broker) -> Client:
    """A device that publishes with QoS 1 and goes on when the broker comes back."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="device", clean_session=False)
    client.reconnect_delay_set(min_delay=1, max_delay=1)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    return client


def message(place: int, amount: float) -> str:
    start = START + timedelta(minutes=15 * place)
    return json.dumps(
        {"start": start.isoformat(), "step_seconds": 900, "unit": "kWh", "amounts": [amount]}
    )


def stored(person: Person) -> list[float]:
    """The intervals that are stored."""
    return [v for values, _ in profile(person).values() for v in values if v is not None]


def test_messages_are_stored_and_bad_ones_block_none(
    pg_app: Flask, pg_person: Person, broker: Broker, subscriber: Subscriber
) -> None:
    meter(pg_person, "pump")
    device = publisher(broker)
    for payload in ("no json", "{}", message(0, -1), "[1]"):
        device.publish("consumo/pump/intervals", payload, qos=1)
    device.publish("consumo/nobody/intervals", message(0, 9), qos=1)
    device.publish("elsewhere/pump/intervals", message(0, 9), qos=1)
    device.publish("telegraf", "\xff\xfe".encode("latin-1"), qos=1)
    at = int((START + timedelta(minutes=15)).timestamp())
    device.publish("telegraf", f"e,meter=pump,step=900 amount=2.5 {at}", qos=1)
    device.publish("consumo/pump/intervals", message(0, 1.25), qos=1)
    until(lambda: stored(pg_person) == [1.25, 2.5])
    assert subscriber.said().count("mqtt message refused") == 6
    device.loop_stop()


def test_nothing_that_was_acknowledged_is_lost(
    pg_app: Flask, pg_person: Person, broker: Broker, subscriber: Subscriber
) -> None:
    meter(pg_person, "pump")
    device = publisher(broker)
    acknowledged: set[int] = set()
    device.on_publish = lambda _client, _data, mid, *_: acknowledged.add(mid)
    sent = set()
    for place in range(90):
        # While the broker is away the device keeps it and sends it later.
        sent.add(device.publish("consumo/pump/intervals", message(place, place + 1), qos=1).mid)
        if place in (20, 60):
            subscriber.kill()
        if place == 40:
            subscriber.start()
            time.sleep(2)  # longer than autosave_interval: mosquitto has written its state
            broker.kill()
            time.sleep(0.5)
            broker.start()
        time.sleep(0.02)
    subscriber.start()
    until(lambda: acknowledged == sent)
    until(lambda: len(stored(pg_person)) == 90)
    assert stored(pg_person) == [place + 1 for place in range(90)]
    device.loop_stop()


def test_settings_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MQTT_")}
    found = subprocess.run(
        [sys.executable, "-m", "app.subscriber"], cwd=BACKEND, timeout=60, check=False,
        env=environment | {"JWT_SECRET": SECRET, "MQTT_URL": "mqtt://127.0.0.1:1"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert found.returncode == 78
    assert "MQTT_API_KEY" in found.stderr
