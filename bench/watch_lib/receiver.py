"""A receiver of outgoing webhooks, as a restaurant's own server would be one: it keeps what it is given before it answers."""

import asyncio
import base64
import hashlib
import hmac
import time


class Hook:
    """One request."""

    __slots__ = ("path", "headers", "body", "at")

    def __init__(self, path, headers, body, at):
        self.path, self.headers, self.body, self.at = path, headers, body, at

    @property
    def id(self):
        return self.headers.get("webhook-id", "")

    def is_signed_by(self, secret):
        """Standard Webhooks 1.0, over the raw bytes."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        content = f"{self.id}.{self.headers.get('webhook-timestamp', '')}.".encode() + self.body
        wanted = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
        return wanted in self.headers.get("webhook-signature", "").split(" ")


class Receiver:
    """`answer(hook)` says what is done: a status, or `hang` (no answer, the connection stays) or `close` (it was taken, and the connection ends without an
    answer). It keeps what it wants to keep."""

    hang, close = "hang", "close"

    def __init__(self, answer):
        self.answer = answer
        self.server = None
        self.port = None
        self.connections = set()

    async def start(self, port=0):
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", port, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()
        for connection in list(self.connections):
            connection.transport.abort()


class _Connection(asyncio.Protocol):
    def __init__(self, receiver):
        self.receiver = receiver
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.receiver.connections.add(self)

    def connection_lost(self, error):
        self.receiver.connections.discard(self)

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            size = end + 4 + int(headers.get("content-length", "0"))
            if len(self.buffer) < size:
                return
            body, self.buffer = self.buffer[end + 4:size], self.buffer[size:]
            answer = self.receiver.answer(Hook(head[0].split(" ")[1], headers, body, time.time()))
            if answer == Receiver.close:
                self.transport.abort()
                return
            if answer != Receiver.hang:
                self.transport.write(b"HTTP/1.1 %d Answer\r\nContent-Length: 0\r\n\r\n" % answer)
