"""The live stream with the `websockets` package, which knows nothing of Maitre."""

import json
import urllib.error

import pytest
from conftest import kind, read
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect


def test_events_come(restaurant, other):
    with restaurant.live() as socket, other.live() as elsewhere:
        assert read(socket)["message"] == "Subscribed to events"
        assert socket.response.headers.get("Sec-WebSocket-Extensions") is None, "it offers no compression"
        read(elsewhere, kind("connected"))
        restaurant.customer_says("from the outside")
        event = read(socket, kind("message_received"))
        assert event["data"]["message"]["text"]["body"] == "from the outside"
        assert set(event) == {"id", "type", "conversationId", "data", "timestamp", "position"}
        with pytest.raises(TimeoutError):
            read(elsewhere, lambda message: message["type"] not in ("stats_updated",), timeout=1)


def test_control_frames_and_fragments(restaurant):
    with restaurant.live() as socket:
        read(socket, kind("connected"))
        assert socket.ping("are you there").wait(5)
        # In fragments, cut inside a character.
        text = json.dumps({"type": "ping", "id": "ضيف"}, ensure_ascii=False)
        socket.send([text[:20], text[20:22], text[22:]])
        assert read(socket, kind("pong"))["replyTo"] == "ضيف"


def test_errors_keep_the_socket(restaurant):
    with restaurant.live() as socket:
        read(socket, kind("connected"))
        for text in ("", "nonsense", "{}", '{"type":"dance"}', '{"type":"subscribe","rooms":["kitchen"]}'):
            socket.send(text)
            assert read(socket, kind("error"))["code"] in ("body_required", "malformed_json", "validation_failed"), text
        socket.send('{"type":"ping"}')
        read(socket, kind("pong"))


@pytest.mark.parametrize(("message", "code"), [(b"binary", 1003), ("x" * 65_537, 1009)])
def test_close_codes(restaurant, message, code):
    with restaurant.live() as socket:
        read(socket, kind("connected"))
        with pytest.raises(ConnectionClosed) as ended:
            socket.send(message)
            while True:
                socket.recv(timeout=10)
        assert ended.value.rcvd.code == code


def test_the_client_closes(restaurant):
    with restaurant.live() as socket:
        read(socket, kind("connected"))
        socket.close(4321, "enough")
        assert socket.close_code == 4321


def test_too_many_frames(restaurant):
    with restaurant.live() as socket:
        read(socket, kind("connected"))
        with pytest.raises(ConnectionClosed) as ended:
            for _ in range(1000):
                socket.send('{"type":"ping"}')
            while True:
                socket.recv(timeout=10)
        assert ended.value.rcvd.code == 4429


def test_tickets(restaurant):
    base = restaurant.base.replace("http", "ws", 1)
    origin = restaurant.base
    ticket = restaurant.ask("POST", "/api/v1/realtime/tickets", Origin=origin)["ticket"]
    with connect(f"{base}/api/v1/realtime?ticket={ticket}", origin=origin) as socket:
        read(socket, kind("connected"))
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{base}/api/v1/realtime?ticket={ticket}", origin=origin)
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body)["code"] == "invalid_credential"
    with pytest.raises(urllib.error.HTTPError) as refused:
        restaurant.ask("POST", "/api/v1/realtime/tickets", Origin="https://evil.example.com")
    assert refused.value.code == 403


def test_resume(restaurant):
    with restaurant.live() as socket:
        position = read(socket, kind("connected"))["position"]
    bodies = [f"missed {number}" for number in range(20)]
    for body in bodies:
        restaurant.customer_says(body, customer="966500000902")
    with restaurant.live() as watching:
        seen = []
        # When the last is stored, somebody who only comes now has missed them all.
        read(watching, kind("connected"))
        with restaurant.live(f"?position={position}") as socket:
            read(socket, kind("connected"))
            assert read(socket)["resumed"] is True
            while len(seen) < len(bodies):
                event = read(socket, kind("message_received"))
                if event["data"]["message"]["text"]["body"] in bodies:
                    seen.append(event["data"]["message"]["text"]["body"])
    assert seen == bodies
    with restaurant.live("?position=nonsense") as socket:
        read(socket, kind("connected"))
        assert read(socket, kind("resumed"))["resumed"] is False


@pytest.mark.parametrize("path", ["/", "/ws", "/api/realtime"])
def test_older_addresses(restaurant, path):
    with restaurant.live("?names=colon", path=path) as socket:
        read(socket, kind("connected"))
        restaurant.customer_says(f"at {path}", customer="966500000903")
        read(socket, lambda message: message["type"] == "message:new" and message["data"]["message"]["text"]["body"] == f"at {path}")
