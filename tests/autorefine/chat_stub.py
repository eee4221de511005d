"""A server that speaks the chat completions API and gives prepared answers."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.http_served import served


@dataclass
class Chat:
    """What the server answers, one after another (the last again and again), and what it was asked."""

    answers: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    status: int = 200
    delay: float = 0.0
    base_url: str = ""


@contextmanager
def chat_server() -> Iterator[Chat]:
    """Serve until the block ends."""
    chat, lock = Chat(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                chat.asked.append(body)
                chat.keys.append(self.headers["Authorization"])
                answer = chat.answers.pop(0) if len(chat.answers) > 1 else chat.answers[0]
            time.sleep(chat.delay)
            text = answer if isinstance(answer, str) else json.dumps(answer)
            reply = (
                completion(text)
                if chat.status == 200
                else {"error": {"message": f"sent {self.headers['Authorization']}"}}
            )
            sent = json.dumps(reply).encode()
            self.send_response(chat.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            pass

    with served(Handler) as address:
        chat.base_url = f"{address}/v1"
        yield chat


def completion(text: str) -> dict[str, Any]:
    """Return what the API answers."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
