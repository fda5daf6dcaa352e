"""``python -m app.postgres run --data-dir D -- COMMAND…``: run it beside the database.

COMMAND finds DATABASE_URL, DATABASE_OWNER_URL and DATABASE_BACKUP_URL in its environment and
decides the exit code. Where DATABASE_URL is set already, it is simply run.
"""

import argparse
import os
import sys
from pathlib import Path

from app.postgres import PostgresUnavailable, embedded
from app.postgres.children import run_forwarding


def main() -> int:
    """Return COMMAND's exit code, or 69 (EX_UNAVAILABLE) when there is no database."""
    parser = argparse.ArgumentParser(prog="python -m app.postgres", description=__doc__)
    run = parser.add_subparsers(required=True).add_parser("run", help="run a command beside it")
    run.add_argument("--data-dir", type=Path, required=True)
    run.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        parser.error("name the command to run after --")
    if os.environ.get("DATABASE_URL"):
        os.execvp(command[0], command)
    try:
        with embedded(arguments.data_dir) as cluster:
            return run_forwarding(command, os.environ | cluster.environment())
    except PostgresUnavailable as error:
        print(f"consumo: {error}", file=sys.stderr)
        return 69


if __name__ == "__main__":
    sys.exit(main())
