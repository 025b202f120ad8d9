"""A server of OpenAI's protocol for tests: its answers follow from the question, its faults from a seed.

Run as a process of its own, `python -m tests.fake_server PORT FAULTS LOG`, it can be killed and started
again. It appends each answered question's digest to LOG.
"""

import base64
import hashlib
import io
import json
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

from evaluators import layout

KEY = "sk-secret-of-the-test"


def answer_to(request: dict[str, Any]) -> str:
    """A text that depends on the question, its pictures and nothing else."""
    (message,) = request["messages"]
    digest = hashlib.sha256()
    for part in message["content"]:
        if part["type"] == "text":
            digest.update(part["text"].encode())
        else:
            header, _, data = part["image_url"]["url"].partition(",")
            assert header == "data:image/png;base64"
            image = Image.open(io.BytesIO(base64.b64decode(data)))
            digest.update(image.tobytes())
    if request["temperature"] > 0:
        digest.update(str(request["seed"]).encode())
    return layout("So many.", str(digest.digest()[0] % 6))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults = 0.0  # share of the requests that go wrong
    log: Path | None = None
    chance = random.Random(7)
    lock = threading.Lock()
    failing = ""  # a text in a question that always fails

    def do_GET(self) -> None:
        self._send(200, {"object": "list", "data": [{"id": "toy", "object": "model"}]})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = answer_to(request)
        if self.headers["authorization"] == "Bearer wrong":
            self._send(401, {"error": {"message": f"bad key {KEY}", "code": "invalid_api_key"}})
            return
        if self.failing and self.failing in json.dumps(request["messages"]):
            self._send(400, {"error": {"message": "this picture is refused", "code": "bad"}})
            return
        with self.lock:
            fault = self.chance.random() < self.faults
            sort = self.chance.choice(["500", "429", "cut", "half", "hang up", "empty"])
        if fault and self._go_wrong(sort):
            return
        if self.log is not None:
            with self.lock, self.log.open("a") as file:
                file.write(hashlib.sha256(json.dumps(request).encode()).hexdigest() + "\n")
        self._send(200, completion(text, "stop"))

    def _go_wrong(self, sort: str) -> bool:
        if sort in ("500", "429"):
            self._send(int(sort), {"error": {"message": "not now"}}, {"retry-after": "0"})
        elif sort == "cut":
            body = json.dumps(completion("cut", "stop")).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif sort == "half":
            self._send(200, completion("half an ans", None))
        elif sort == "empty":
            self._send(200, {"id": "x", "object": "chat.completion", "choices": []})
        else:
            self.close_connection = True
        return True

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def completion(text: str, finish: str | None) -> dict[str, Any]:
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text},
    }
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return {
        "id": "x", "object": "chat.completion", "created": 0, "model": "toy",
        "choices": [choice], "usage": usage,
    }  # fmt: skip


def make_server(port: int, faults: float = 0.0, log: Path | None = None) -> ThreadingHTTPServer:
    handler = type("Faulty", (Handler,), {"faults": faults, "log": log})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


if __name__ == "__main__":
    make_server(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])).serve_forever()
