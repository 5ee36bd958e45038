"""A server on the loopback interface that can fail as real ones do, and files for it."""

import hashlib
import http.server
import io
import threading
import time
from contextlib import contextmanager

import torch


def saved(content, **options):
    """Return what ``torch.save`` writes."""
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def hashed(stem, content):
    """Return a file name with the hash of its content, as torch.hub and OpenMMLab give it."""
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.pth"


class Files(http.server.ThreadingHTTPServer):
    """Serves ``files``; ``faults[name]`` is a list of faults, one used up by each GET.

    Faults: ``"short"`` (half of what Content-Length says), ``"damaged"`` (right length, another
    byte), ``"page"`` (HTML with status 200), ``"slow"`` (a second between the halves), or an HTTP
    status.
    """

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list] = {}
        self.requests: list[tuple[str, str, str | None]] = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def gets(self, name):
        return [span for method, path, span in self.requests if (method, path) == ("GET", name)]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer("HEAD")

    def do_GET(self):
        self.answer("GET")

    def answer(self, method):
        name, span = self.path.lstrip("/"), self.headers.get("Range")
        self.server.requests.append((method, name, span))
        faults = self.server.faults.get(name, []) if method == "GET" else []
        fault = faults.pop(0) if faults else None
        if isinstance(fault, int) or name not in self.server.files:
            self.send_error(fault or 404)
            return
        body = b"<html>Moved</html>" if fault == "page" else self.server.files[name]
        start = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        if start and start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        body = body[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if method == "HEAD":
            return
        if fault == "damaged":
            body = body[:-1] + bytes([body[-1] ^ 1])
        half = len(body) // 2
        self.wfile.write(body[:half])
        if fault == "short":
            return
        if fault == "slow":
            self.wfile.flush()
            time.sleep(1)
        self.wfile.write(body[half:])


@contextmanager
def serving(port=0):
    server = Files(port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
