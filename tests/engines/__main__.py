"""`make engines`: build both engines, start them on loopback, and keep them until Ctrl-C."""

import signal
import sys
import threading

from tests.engines.build import EngineUnavailable
from tests.engines.servers import mongo_server, opensearch_node

MESSAGE = """
MongoDB's wire protocol  {mongo.uri}
OpenSearch               {opensearch.url}

To use them, in another terminal:
  export KINTSUGI_MONGO__URI={mongo.uri}
  export KINTSUGI_OPENSEARCH__URL={opensearch.url}

They are for trying out and for tests: the records are in memory, the index is in a temporary folder.
BOTH ARE GONE when this ends. Ctrl-C stops it.
"""


def main() -> int:
    """Run until asked to stop; return 1 when an engine cannot run here."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    sys.stdout.write("Building and starting the engines (the first time downloads about 80 MB) …\n")
    sys.stdout.flush()
    try:
        with mongo_server(java_options=()) as mongo, opensearch_node(java_options=()) as opensearch:
            sys.stdout.write(MESSAGE.format(mongo=mongo, opensearch=opensearch))
            sys.stdout.flush()
            stop.wait()
    except EngineUnavailable as error:
        sys.stderr.write(f"The engines cannot run here: {error}\n")
        return 1
    sys.stdout.write("Stopped.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
