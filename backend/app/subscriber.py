"""The subscriber: takes messages of an MQTT broker and acknowledges each after its commit.

The session at the broker is persistent and the quality of service 1, so what arrives while the
subscriber or the database is away waits there, and what was not acknowledged comes again. A
message that can never be stored is logged and acknowledged: it would block all others.
"""

import argparse
import os
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from app import logs
from app.auth.api_keys import ApiKeyText, parse
from app.config import Settings
from app.db import Database
from app.errors import Problem, Unavailable
from app.logs import log
from app.server import die_with_parent
from app.services import mqtt_messages

QOS = 1
KEEP_ALIVE_S = 30
PATIENCE_S = 20.0
"""How long a message is tried again while the database is away, before the broker is left: it
keeps the message, and connections that say nothing for 1.5 keep-alives end anyway."""
_PORTS = {"mqtt": 1883, "mqtts": 8883}


class Subscriber:
    """One connection to a broker, for one account."""

    def __init__(self, settings: Settings, key: ApiKeyText, db: Database) -> None:
        self._settings = settings
        self._key = key
        self._db = db
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.mqtt_client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def run(self) -> None:
        """Connect, and go on for ever; lost connections are made again."""
        url = urlsplit(self._settings.mqtt_url or "")
        if url.username:
            self._client.username_pw_set(unquote(url.username), unquote(url.password or ""))
        if url.scheme == "mqtts":
            self._client.tls_set()
        self._client.reconnect_delay_set(min_delay=1, max_delay=30)
        port = url.port or _PORTS[url.scheme]
        self._client.connect_async(url.hostname or "localhost", port, KEEP_ALIVE_S)
        self._client.loop_forever(retry_first_connection=True)

    def _on_connect(
        self, client: Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            log.warning("mqtt connection refused", reason=str(reason))
            return
        log.info("mqtt connected", topics=list(self._settings.mqtt_topics))
        client.subscribe([(topic, QOS) for topic in self._settings.mqtt_topics])

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        name = mqtt_messages.meter_in(message.topic, self._settings.mqtt_topics)
        try:
            self._store(name, bytes(message.payload))
        except Unavailable:
            log.warning("mqtt message waits at the broker", topic=message.topic[:200])
            client.disconnect()  # not acknowledged: the broker sends it again
            return
        except Problem as problem:
            log.warning(
                "mqtt message refused", topic=message.topic[:200], problem=problem.detail[:500]
            )
        client.ack(message.mid, message.qos)

    def _store(self, name: str | None, payload: bytes) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                mqtt_messages.store(self._db, self._key, name, payload, datetime.now(UTC))
            except Unavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
            else:
                return


def main() -> int:
    """Subscribe as the settings say until SIGTERM; ends with 78 when they are refused."""
    parser = argparse.ArgumentParser(prog="python -m app.subscriber", description=__doc__)
    parser.add_argument("--owner", type=int, default=os.getppid(), help="end with this parent")
    die_with_parent(signal.SIGTERM, parser.parse_args().owner)
    settings = Settings()
    logs.configure(settings.log_level)
    key = parse(settings.mqtt_api_key.get_secret_value()) if settings.mqtt_api_key else None
    if not settings.mqtt_url or not settings.mqtt_topics or key is None:
        print("consumo: MQTT_URL needs MQTT_TOPICS and a MQTT_API_KEY (csm_…)", file=sys.stderr)
        return 78
    subscriber = Subscriber(settings, key, Database(settings))
    while True:  # it leaves the broker only to have a message again
        subscriber.run()
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
