"""A small HTTP/1.1 client for asyncio: one connection, kept open, that never repeats a request by itself.

Libraries retry behind one's back or hide whether an answer was complete; here every attempt must be the harness's own, since an acknowledgement is
exactly one complete answer with status 200.
"""

import asyncio
import json


class Failed(Exception):
    """No complete answer: nobody knows whether the request was carried out."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    def __init__(self, port, host="127.0.0.1"):
        self.host, self.port = host, port
        self.reader = self.writer = None

    async def request(self, method, path, headers=None, body=b"", timeout=10):
        """One attempt. Raises `Failed` unless the whole answer came in time."""
        try:
            async with asyncio.timeout(timeout):
                return await self._request(method, path, headers or {}, body)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            self.close()
            raise Failed(f"{type(error).__name__}: {error}") from error
        except asyncio.CancelledError:
            self.close()
            raise

    async def _request(self, method, path, headers, body):
        if self.writer is None or self.writer.is_closing() or self.reader.at_eof():
            self.close()
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        answered = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            if name:
                answered[name.strip().lower()] = value.strip()
        if answered.get("transfer-encoding", "").lower() == "chunked":
            content = await self._chunks()
        else:
            content = await self.reader.readexactly(int(answered.get("content-length", "0")))
        if answered.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, answered, content)

    async def _chunks(self):
        parts = []
        while True:
            size = int((await self.reader.readline()).split(b";")[0] or b"x", 16)
            part = await self.reader.readexactly(size)
            await self.reader.readexactly(2)
            if size == 0:
                return b"".join(parts)
            parts.append(part)

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None
