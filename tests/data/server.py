"""A server on this machine to download from."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server:
    """Answers each request with the next of `answers`, the last one for ever."""

    def __init__(self):
        self.answers: list[Callable[[Any], None]] = []
        self.paths: list[str] = []  # The path of each request.
        self.ranges: list[str | None] = []  # The Range header of each request; None without.
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.paths.append(self.path)
                server.ranges.append(self.headers["Range"])
                answer = server.answers[min(len(server.ranges), len(server.answers)) - 1]
                answer(self)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        self.root = f"http://127.0.0.1:{self._http.server_port}"
        self.url = f"{self.root}/data.tar.gz"

    def give(self, contents: dict[str, bytes]) -> None:
        """Answer each path in `contents` with its bytes, and every other one with 404."""

        def answer(request):
            body = contents.get(request.path)
            send(request, 404 if body is None else 200, {}, body or b"")

        self.answers = [answer]

    def stop(self):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def send(request, status, headers, body):
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, str(value))
    request.end_headers()
    request.wfile.write(body)
