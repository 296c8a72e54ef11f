"""Requests as bytes on the wire, and their answers as they came: nothing here follows, decodes or repairs."""

import http.client
import json
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

# The same on every request, so that two answers that should be the same are the same bytes.
REQUEST_ID = "isolation"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: tuple = ()
    headers: tuple = ()
    body: object = None

    @property
    def target(self):
        query = "&".join(f"{quote(name, safe='.')}={quote(str(value), safe='')}" for name, value in self.query)
        return self.path + (f"?{query}" if query else "")

    @property
    def data(self):
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False).encode()

    def exchanged(self, values):
        """The same request with other values in place of some, wherever they stand; longer ones first, as one may be part of another."""

        def exchange(text):
            for old in sorted(values, key=len, reverse=True):
                text = text.replace(old, values[old])
            return text

        data = self.data
        return replace(
            self,
            path=exchange(self.path),
            query=tuple((name, exchange(str(value))) for name, value in self.query),
            headers=tuple((name, exchange(value)) for name, value in self.headers),
            body=None if data is None else exchange(data.decode()).encode(),
        )

    def mentions(self, text):
        return any(
            text in part
            for part in (self.target, self.path, str(self.query), str(self.headers), (self.data or b"").decode(errors="replace"))
        )

    def __str__(self):
        headers = " ".join(f"{name}: {value[:60]};" for name, value in self.headers if name.lower() != "content-type")
        data = self.data
        return f"{self.method} {self.target} [{headers}]" + (f" {data[:200]!r}" if data else "")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple
    body: bytes = field(repr=False)

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def code(self):
        document = self.json
        return document.get("code") if isinstance(document, dict) else None

    @property
    def text(self):
        """Everything that whoever asked can read."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers) + "\n\n" + self.body.decode(errors="replace")

    def header(self, name):
        return next((value for key, value in self.headers if key == name.lower()), None)


class Client:
    """One connection that is kept; opened again when the server has closed it."""

    # Is shown every request of every client with its answer.
    watch = None

    def __init__(self, base):
        address = urlsplit(base)
        self.host, self.port = address.hostname, address.port
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        self.count = 0

    def send(self, request):
        self.count += 1
        answer = self._send(request)
        if Client.watch:
            Client.watch(request, answer)
        return answer

    def _send(self, request):
        try:
            return self._exchange(request)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # Closed by the server after an earlier answer, so this request was never read.
            self.connection.close()
            return self._exchange(request)
        except Exception:
            # Half a request must not stay on it.
            self.connection.close()
            raise

    def _exchange(self, request):
        data = request.data
        connection = self.connection
        connection.putrequest(request.method, request.target, skip_accept_encoding=True)
        names = {name.lower() for name, _ in request.headers}
        if "x-request-id" not in names:
            connection.putheader("X-Request-Id", REQUEST_ID)
        if data is not None:
            connection.putheader("Content-Length", str(len(data)))
            if "content-type" not in names:
                connection.putheader("Content-Type", "application/json")
        elif request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", "0")
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        body = answer.read()
        return Answer(answer.status, tuple((name.lower(), value) for name, value in answer.getheaders()), body)
