"""Bytes of all kinds. `wsproto`, a WebSocket state machine that others wrote, says what a valid stream is: it makes those of one half and judges every answer."""

import json
import os
import socket as sockets
import urllib.request
from random import Random

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection, BytesMessage, CloseConnection, Message, Ping, Pong, RejectConnection, Request, TextMessage,
)
from wsproto.utilities import RemoteProtocolError

SEED = int(os.environ.get("MAITRE_FUZZ_SEED", "7"))


class Raw:
    """A connection of wsproto; what the server says is judged by it."""

    def __init__(self, restaurant):
        self.socket = sockets.create_connection(restaurant.address, timeout=10)
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.texts, self.pongs, self.closed = [], [], None
        self.text = ""
        headers = [(name.encode(), value.encode()) for name, value in restaurant.headers.items()]
        self.socket.sendall(
            self.protocol.send(Request(host="127.0.0.1", target="/api/v1/realtime", extra_headers=headers))
        )
        self.until(lambda: any(text["type"] == "connected" for text in self.texts))

    def send(self, event):
        self.socket.sendall(self.protocol.send(event))

    def take(self):
        """One read of the socket; whether it goes on."""
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        try:
            self.protocol.receive_data(data or None)
            for event in self.protocol.events():
                if isinstance(event, TextMessage):
                    self.text += event.data
                    if event.message_finished:
                        self.texts.append(json.loads(self.text))
                        self.text = ""
                elif isinstance(event, Pong):
                    self.pongs.append(bytes(event.payload))
                elif isinstance(event, Ping):
                    self.send(event.response())
                elif isinstance(event, CloseConnection):
                    # The end of the stream is one more, of wsproto's own.
                    self.closed = self.closed or int(event.code)
                elif isinstance(event, (BytesMessage, RejectConnection)):
                    raise AssertionError(f"the server said {event}")
                else:
                    assert isinstance(event, (AcceptConnection, Message)), event
        except RemoteProtocolError as error:
            raise AssertionError(f"the server broke the protocol: {error}") from error
        return bool(data)

    def until(self, condition):
        while not condition():
            if not self.take():
                raise AssertionError(f"the server hung up with {self.closed}; it had said {self.texts[-3:]}")

    def end(self):
        """Reads to the end of the connection."""
        try:
            while self.take():
                pass
        except TimeoutError:
            raise AssertionError("the server did not hang up") from None
        self.socket.close()


def frame(random, first, payload, masked=True, length=None):
    """A frame as one may be, or may not."""
    size = len(payload) if length is None else length
    mark = 0x80 if masked else 0
    head = bytes([first])
    if size < 126:
        head += bytes([mark | size])
    elif size < 65536:
        head += bytes([mark | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([mark | 127]) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    mask = random.randbytes(4)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


@pytest.fixture(autouse=True)
def alive(restaurant):
    yield
    with urllib.request.urlopen(restaurant.base + "/livez", timeout=5) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("round", range(10))
def test_valid_streams(restaurant, round):
    """Messages in fragments of any size with pings in between, written in pieces of any size: each is answered, in order."""
    random = Random(f"{SEED} valid {round}")
    raw = Raw(restaurant)
    stream, asked, pings = b"", [], []
    for number in range(12):
        text = json.dumps({"type": "ping", "id": f"{number} " + "".join(random.choices("aé日𐍈", k=random.randint(1, 40)))}, ensure_ascii=False)
        asked.append(json.loads(text)["id"])
        data = text.encode()
        cuts = sorted(random.sample(range(len(data) + 1), random.randint(0, 3)))
        parts = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)])]
        for index, part in enumerate(parts):
            if random.random() < 0.3:
                pings.append(random.randbytes(random.randint(0, 125)))
                stream += frame(random, 0x89, pings[-1])
            stream += frame(random, (0x80 if index == len(parts) - 1 else 0) | (0 if index else 1), part)
    while stream:
        size = random.randint(1, 400)
        raw.socket.sendall(stream[:size])
        stream = stream[size:]
    answers = lambda: [text["replyTo"] for text in raw.texts if text["type"] == "pong"]
    raw.until(lambda: len(answers()) == len(asked) and len(raw.pongs) == len(pings))
    assert answers() == asked
    assert raw.pongs == pings
    raw.send(CloseConnection(1000))
    raw.end()
    assert raw.closed == 1000


@pytest.mark.parametrize("round", range(60))
def test_broken_frames(restaurant, round):
    """One thing against the protocol after something good: the right code, a whole close frame, and the end of the connection."""
    random = Random(f"{SEED} broken {round}")
    raw = Raw(restaurant)
    raw.send(Message(data='{"type":"ping","id":"good"}'))
    raw.until(lambda: any(text.get("replyTo") == "good" for text in raw.texts))
    junk = random.randbytes(random.randint(1, 100))
    codes, broken = random.choice([
        ({1002}, frame(random, 0x81 | random.choice([0x10, 0x20, 0x40, 0x70]), b"{}")),
        ({1002}, frame(random, 0x80 | random.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), junk)),
        ({1002}, frame(random, 0x81, b"{}", masked=False)),
        ({1002}, frame(random, random.choice([0x80, 0x00]), junk)),
        ({1002}, frame(random, 0x01, b"{") + frame(random, 0x81, b"}")),
        ({1002}, frame(random, random.choice([0x08, 0x09, 0x0A]), b"")),
        ({1002}, frame(random, random.choice([0x88, 0x89, 0x8A]), random.randbytes(126))),
        ({1002}, frame(random, 0x88, random.choice([0, 999, 1004, 1005, 1006, 1015, 2999, 5000]).to_bytes(2, "big"))),
        ({1002}, frame(random, 0x88, b"\x03")),
        ({1003}, frame(random, 0x82, junk)),
        ({1007}, frame(random, 0x81, random.choice([b"\xff", b"a\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"caf\xc3"]))),
        ({1007}, frame(random, 0x01, b"caf\xc3") + frame(random, 0x80, b"(")),
        ({1007}, frame(random, 0x88, b"\x03\xe8\xff")),
        ({1009}, frame(random, 0x81, b"x" * 65537)),
        ({1009}, frame(random, 0x81, b"", length=random.choice([65537, 2**31, 2**32, 2**62]))),
        ({1009}, frame(random, 0x01, b"x" * 40000) + frame(random, 0x80, b"x" * 40000)),
    ])
    try:
        raw.socket.sendall(broken + frame(random, 0x81, b'{"type":"ping","id":"late"}') + junk)
    except (ConnectionResetError, BrokenPipeError):
        pass
    raw.end()
    assert raw.closed in codes
    assert not any(text.get("replyTo") == "late" for text in raw.texts)


@pytest.mark.parametrize("round", range(40))
def test_noise(restaurant, round):
    """Noise, or a good stream with bits turned over: whatever it is, the server says nothing that wsproto does not understand."""
    random = Random(f"{SEED} noise {round}")
    raw = Raw(restaurant)
    if round % 2:
        noise = random.randbytes(random.randint(1, 4000))
    else:
        good = bytearray(b"".join(frame(random, 0x81, json.dumps({"type": "ping", "id": str(n)}).encode()) for n in range(20)))
        for _ in range(random.randint(1, 30)):
            good[random.randrange(len(good))] ^= 1 << random.randrange(8)
        noise = bytes(good)
    try:
        raw.socket.sendall(noise)
        raw.socket.shutdown(sockets.SHUT_WR)
    except (ConnectionResetError, BrokenPipeError, OSError):
        pass
    raw.end()
