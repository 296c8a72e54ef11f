"""Clients of the live stream: a bare WebSocket, and one that goes on where it was whenever it is disconnected.

Written here and not taken from a library, because thousands of them live in one process and each must tell exactly what it got: no queue in between that could
hide a frame, no reconnection behind one's back.
"""

import asyncio
import base64
import hashlib
import json
import os
import random

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class ProtocolError(Exception):
    """The server said something that RFC 6455 does not allow, or refused the upgrade."""


class Socket(asyncio.Protocol):
    """One WebSocket. `on_text(socket, payload)` gets each message as bytes; `on_end(socket, code)` comes once, with the code of the server's close frame, 1006
    when there was none, and None when there never was a WebSocket. Answers pings."""

    def __init__(self, on_text, on_end, path, headers, host="127.0.0.1"):
        self.on_text, self.on_end = on_text, on_end
        self.transport = None
        self.is_open = self.is_over = False
        self.code = 1006
        self.refusal = None          # what was answered instead of 101
        self.problem = None          # what the server did against the protocol
        self.heard = 0.0             # when the last bytes came, by the loop's clock
        self._buffer = b""
        self._parts = None
        key = base64.b64encode(os.urandom(16))
        self._accept = base64.b64encode(hashlib.sha1(key + _ACCEPT).digest())
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key.decode()}",
                 "Sec-WebSocket-Version: 13", *(f"{name}: {value}" for name, value in headers.items())]
        self.request = ("\r\n".join(lines) + "\r\n\r\n").encode()

    def connection_made(self, transport):
        self.transport = transport
        self.heard = asyncio.get_running_loop().time()
        transport.write(self.request)

    def connection_lost(self, error):
        if not self.is_over:
            self.is_over = True
            self.on_end(self, self.code if self.is_open else None)

    def data_received(self, data):
        self.heard = asyncio.get_running_loop().time()
        buffer = self._buffer + data if self._buffer else data
        try:
            self._buffer = self._frames(buffer) if self.is_open else self._answer(buffer)
        except ProtocolError as error:
            self.problem = str(error)
            self.transport.abort()

    def _answer(self, buffer):
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return buffer
        head = buffer[:end].split(b"\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in head[1:])}
        if head[0].split(b" ")[1] != b"101":
            self.refusal = head[0].decode("latin-1")
            self.transport.abort()
            return b""
        if headers.get(b"sec-websocket-accept") != self._accept:
            raise ProtocolError("Sec-WebSocket-Accept is wrong")
        self.is_open = True
        return self._frames(buffer[end + 4:])

    def _frames(self, buffer):
        """Takes the whole frames; what is left."""
        place, end = 0, len(buffer)
        while end - place >= 2:
            first, size, head = buffer[place], buffer[place + 1], 2
            if size > 127:
                raise ProtocolError("a masked frame")
            if size == 126:
                head = 4
                size = int.from_bytes(buffer[place + 2:place + 4], "big")
            elif size == 127:
                head = 10
                size = int.from_bytes(buffer[place + 2:place + 10], "big")
            if end - place < head + size:
                break
            payload = buffer[place + head:place + head + size]
            place += head + size
            if first == 0x81 and self._parts is None:
                self.on_text(self, payload)
            else:
                self._other(first, payload)
        return buffer[place:]

    def _other(self, first, payload):
        opcode, is_last = first & 0x0F, first & 0x80
        if opcode == 9:
            self._send(0x8A, payload)
        elif opcode == 8:
            self.code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
            self._send(0x88, payload[:2])
            self.transport.close()
        elif opcode in (0, 1) and (opcode == 1) == (self._parts is None):
            self._parts = (self._parts or []) + [payload]
            if is_last:
                whole, self._parts = b"".join(self._parts), None
                self.on_text(self, whole)
        elif opcode != 10:
            raise ProtocolError(f"a frame that begins with {first:#x}")

    def say(self, message):
        self._send(0x81, json.dumps(message).encode())

    def _send(self, first, payload):
        if self.transport is None or self.transport.is_closing():
            return
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([first, 0x80 | size]) if size < 126 else bytes([first, 0x80 | 126]) + size.to_bytes(2, "big")
        self.transport.write(head + mask + bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload)))

    def abort(self):
        """Goes away without a word."""
        if self.transport is not None:
            self.transport.abort()


class Watcher:
    """A screen: it handles every event once, keeps the position of the last one, and comes back with it whatever happens to its connection.

    `ids` are the events that it handled, in their order; `twice` those that it was given again although it had said where it was. A refused resume
    (`resumed: false`) means that a screen reads everything anew: it is counted in `lost`, since where these are used nothing may be forgotten."""

    # The server pings every 25 seconds: who hears nothing for longer has no connection any more, whatever TCP says.
    SILENCE = 40

    def __init__(self, port, merchant, token, on_event=None, host="127.0.0.1", silence=SILENCE):
        self.host, self.port, self.merchant, self.token = host, port, merchant, token
        self.on_event, self.silence = on_event, silence
        self.position = None
        self.ids, self.seen, self.twice = [], set(), []
        self.connects = self.resumes = self.lost = self.failures = 0
        self.ends = []               # close codes of the sockets that it had
        self.findings = []
        self.ready = asyncio.Event()  # connected, and whatever was missed is on its way
        self.socket = None
        self._stopping = False
        self._over = None

    async def run(self):
        pause = 0.05
        while not self._stopping:
            try:
                await self._once()
            except (OSError, TimeoutError):
                pass
            finally:
                if self._stopping:
                    pass
                elif self.ready.is_set():
                    self.ready.clear()
                    self.ends.append(self.socket.code)
                    pause = 0.05
                else:
                    self.failures += 1
                    pause = min(pause * 2, 1.0)
                if self.socket.problem:
                    self.findings.append(f"a socket of {self.merchant}: {self.socket.problem}")
                self.socket.abort()
            if not self._stopping:
                await asyncio.sleep(random.uniform(pause / 2, pause))

    async def _once(self):
        """One connection, to its end."""
        loop = asyncio.get_running_loop()
        over = self._over = asyncio.Event()
        query = f"?position={self.position}" if self.position else ""
        headers = {"Authorization": f"Bearer {self.token}", "X-Restaurant-Id": self.merchant}
        self.socket = Socket(self._text, lambda *_: over.set(), f"/api/v1/realtime{query}", headers, self.host)
        async with asyncio.timeout(10):
            await loop.create_connection(lambda: self.socket, self.host, self.port)
        # Until it is ready it may take ten seconds: a node that is cut off accepts and says nothing.
        patience = 10
        while not over.is_set():
            try:
                async with asyncio.timeout(min(patience, 5)):
                    await over.wait()
            except TimeoutError:
                patience = self.silence if self.ready.is_set() else 10
                if loop.time() - self.socket.heard > patience:
                    return

    def stop(self):
        self._stopping = True
        if self.socket is not None:
            self.socket.abort()

    def _text(self, socket, payload):
        message = json.loads(payload)
        kind = message["type"]
        if kind == "connected":
            self.connects += 1
            if self.position is None:
                self.position = message["position"]
                self.ready.set()
        elif kind == "resumed":
            self.resumes += 1
            if not message["resumed"]:
                self.lost += 1
                self.position = message["position"]
            self.ready.set()
        elif "position" in message:
            self.position = message["position"]
            event = message["id"]
            if event in self.seen:
                self.twice.append(event)
                return
            self.seen.add(event)
            self.ids.append(event)
            if self.on_event is not None:
                self.on_event(self, message, payload)
        elif kind == "error":
            self.findings.append(f"a socket of {self.merchant} was told {message}")
