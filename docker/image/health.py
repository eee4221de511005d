"""Say whether a part of the platform is well: ``python health.py PART``, exit code 0 or 1 and one line that says why.

Light on purpose: ``airflow jobs check`` imports all of Airflow for each look, ten seconds of a core.
"""

import json
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

API = "http://api-server:8080/api/v2/monitor/health"
OWN_API = "http://127.0.0.1:8080/api/v2/monitor/health"
SCHEDULER = "http://127.0.0.1:8974/health"
EMBEDDER = Path("/opt/kintsugi/var/run/embedder.sock")
SECONDS = 5.0

REPORTED = ("dag_processor", "triggerer")
"""Parts that listen nowhere; the API server tells how old their heartbeat is."""


def part_of(answer: bytes, part: str) -> str:
    """Return the status of one part in Airflow's health answer; "unknown" where the answer doesn't name it."""
    return str((json.loads(answer).get(part) or {}).get("status") or "unknown")


def answer_of(url: str) -> bytes:
    """Return what the address answers; an answer other than 200 is an error."""
    with urllib.request.urlopen(url, timeout=SECONDS) as response:
        return bytes(response.read())


def complaint(part: str) -> str:
    """Return what is wrong; "" when nothing is."""
    try:
        if part == "api-server":
            status = part_of(answer_of(OWN_API), "metadatabase")
        elif part == "scheduler":
            status = part_of(answer_of(SCHEDULER), "scheduler")
        elif part in REPORTED:
            status = part_of(answer_of(API), part)
        elif part == "embedder":
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(SECONDS)
                probe.connect(str(EMBEDDER))
            status = "healthy"
        else:
            return f"{part}: expected api-server, scheduler, dag_processor, triggerer or embedder"
    except (OSError, ValueError, AttributeError) as error:
        return f"{part}: no answer that says so: {error}"
    return "" if status == "healthy" else f"{part}: {status}"


if __name__ == "__main__":
    found = complaint(sys.argv[1] if len(sys.argv) > 1 else "")
    sys.stdout.write((found or "healthy") + "\n")
    sys.exit(1 if found else 0)
