"""What an attacker would try against the way that a request says who asks and for what, in bytes that no client library sends."""

import re
import socket
import time

import pytest
from callers import at, bearer
from client import Answer, Client, Request
from database import SCOPES
from recipes import fresh_key


class Wire:
    """Writes bytes to a new connection and reads what comes back."""

    def __init__(self, world):
        self.address = (world.client.host, world.client.port)

    def send(self, data, patience=None):
        """The first answer, or whatever came until the connection was closed; with `patience`, also what follows within so many seconds.

        Nothing within five seconds is a request that the server still waits for the rest of.
        """
        received = b""
        with socket.create_connection(self.address, timeout=5) as connection:
            connection.sendall(data)
            try:
                while chunk := connection.recv(65536):
                    received += chunk
                    if self.is_whole(received):
                        if patience is None:
                            break
                        connection.settimeout(patience)
            except (TimeoutError, ConnectionResetError):
                pass
        return received

    @staticmethod
    def is_whole(received):
        head, found, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        return bool(found) and len(body) >= (int(length[1]) if length else 0)


@pytest.fixture(scope="module")
def wire(world):
    return Wire(world)


def raw(world, path, headers=(), method="GET", credential=None, restaurant=None, body=""):
    """A request as text: by B at B unless said otherwise."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x"]
    lines += [f"Authorization: Bearer {credential or world.b.token}"]
    if restaurant != "":
        lines += [f"X-Restaurant-Id: {restaurant or world.b.id}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape")


def check(world, wire, data, allowed=range(400, 500), patience=None):
    """No answer to these bytes is a success or a failure of the server, and none says anything of A's that the bytes did not."""
    received = wire.send(data, patience)
    sent = data.decode(errors="replace")
    for mark in world.prints - world.brought:
        if mark.encode() in received and mark not in sent:
            raise AssertionError(f"{data[:400]!r} was answered with {mark!r} of A's: {received[:600]!r}")
    statuses = [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d{3})", received, re.MULTILINE)]
    assert all(status in allowed for status in statuses), f"{data[:600]!r}: {statuses} {received[:600]!r}"
    return statuses


def paths(world):
    """Ways to write the address of a thing of A's."""
    c, b = world.a.conversations[0], world.b.conversations[0]
    yield f"/api/v1/conversations/{c}"
    yield f"/api/v1/conversations/{b}/../{c}"
    yield f"/api/v1/conversations/{b}/%2e%2e/{c}"
    yield f"/api/v1/conversations/{b}/..%2f{c}"
    yield f"/api/v1/conversations/{b}%2f..%2f{c}"
    yield f"/api/v1/conversations/{b}%00{c}"
    yield f"/api/v1/conversations/{b};{c}"
    yield f"/api/v1/conversations/{b},{c}"
    yield f"/api/v1/conversations/{b}%0d%0aX-Restaurant-Id:%20{world.a.id}/{c}"
    yield f"/api/v1/conversations//{c}"
    yield f"/api/v1/./conversations/{c}"
    yield f"//api/v1/conversations/{c}"
    yield f"/api//v1/conversations/{c}"
    yield f"/api/v1/conversations/{c}/"
    yield f"/api/v1/conversations/%7B{c}%7D"
    yield f"/api/v1/conversations/urn:uuid:{c}"
    yield f"/api/v1/conversations/{c.replace('-', '')}"
    yield f"/api/v1/conversations/{c}%20"
    yield f"/api/v1/conversations/%20{c}"
    yield f"/api/v1/conversations/{c}%E2%80%8B"
    yield f"/api/v1/conversations/{''.join(f'%{ord(letter):02x}' for letter in c)}"
    yield f"/api/v1/conversations/{c}?restaurantId={world.a.id}&X-Restaurant-Id={world.a.id}&merchantId={world.a.id}"
    yield f"/api/v1/conversations/{c}#x"
    yield f"http://x/api/v1/conversations/{c}"
    yield f"http://{world.a.id}/api/v1/conversations/{c}"
    yield f"/api/v1/%63onversations/{c}"
    yield f"/api/v1%2fconversations%2f{c}"
    yield f"/API/V1/conversations/{c}"
    yield f"/api/v2/conversations/{c}"
    yield f"/webhooks/../api/v1/conversations/{c}"
    yield f"/simulator/../api/v1/conversations/{c}"
    yield f"/phone/..;/api/v1/conversations/{c}"
    yield f"/api/v1/conversations/{c}/messages/%2e%2e/%2e%2e/{c}"
    yield "/api/v1/conversations/*/messages"
    yield f"/api/v1/conversations/{c}" + "a" * 9000
    yield "/api/v1/conversations/" + "9" * 3000
    yield f"/api/v1/conversations/{c.translate(str.maketrans('0123456789', '٠١٢٣٤٥٦٧٨٩'))}"
    yield f"/api/v1/conversations/{c.translate(str.maketrans('0123456789abcdef', '０１２３４５６７８９ａｂｃｄｅｆ'))}"
    yield f"/api/v1/conversations/\x80{c}"


def test_what_a_leak_looks_like_on_the_wire(world, wire):
    """That `check` finds one: A's own token at A's own door."""
    with pytest.raises(AssertionError, match="of A's"):
        check(world, wire, raw(world, "/api/v1/conversations", credential=world.a.token, restaurant=world.a.id))
    with pytest.raises(AssertionError, match=r"\[200\]"):
        check(world, wire, raw(world, "/api/v1/conversations"))


def test_ways_to_write_an_address(world, untouched, wire):
    for path in paths(world):
        for address in (path, path + "/messages"):
            assert check(world, wire, raw(world, address)), f"{address} was not answered"


def test_ways_to_name_a_restaurant(world, untouched, wire):
    """Beside B's own header or in its place; none may open A's door, and the first of two never wins in silence."""
    a, b, path = world.a.id, world.b.id, f"/api/v1/conversations/{world.a.conversations[0]}"
    beside = [
        f"X-Restaurant-Id: {a}",
        f"x-restaurant-id: {a}",
        f"X-RESTAURANT-ID:{a}",
        f"X-Restaurant-Id : {a}",
        f"X-Restaurant-Id\t: {a}",
        f" X-Restaurant-Id: {a}",
        f"X-Restaurant_Id: {a}",
        f"X_Restaurant_Id: {a}",
        f"X-Merchant-Id: {a}",
        f"X-Tenant-Id: {a}",
        f"Cookie: restaurantId={a}; X-Restaurant-Id={a}",
        f"X-Original-URL: {path}",
        f"X-Rewrite-URL: {path}",
        f"X-Forwarded-Prefix: /{a}",
        f"X-Forwarded-Host: {a}",
        f"Forwarded: for=127.0.0.1;host={a}",
        f"X-Api-Key: {world.callers.live}\r\nX-Restaurant-Id: {a}",
        f"Connection: X-Restaurant-Id\r\nX-Restaurant-Id: {a}",
        f"X-Request-Id: x\r\n X-Restaurant-Id: {a}",
        f"Authorization: Bearer {world.b.token}",
        "X-HTTP-Method-Override: PATCH",
        "X-HTTP-Method: DELETE",
        "X-Method-Override: PUT",
        "If-None-Match: *",
        "Range: bytes=0-10",
        "Expect: 100-continue",
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
    ]
    for header in beside:
        for address in (path, path + "/messages"):
            check(world, wire, raw(world, address, [header]), allowed=[100, *range(400, 500)])
        # Where B's own header stands, a list still is B's own or nothing.
        check(world, wire, raw(world, "/api/v1/conversations", [header]), allowed=[100, 200, *range(400, 500)])
    instead = [
        f"{b},{a}",
        f"{a},{b}",
        f"{b} {a}",
        f"{b};{a}",
        f"{b}\t{a}",
        f"{b}%00{a}",
        f"{b}\x00{a}",
        f"{{{a}}}",
        f'"{a}"',
        a.replace("-", ""),
        a.upper(),
        f"urn:uuid:{a}",
        "*",
        "0",
        "null",
        "%",
        f"{a}\xa0",
        f"\u200b{a}",
        "9" * 5000,
        "00000000-0000-0000-0000-000000000000",
        "../" + a,
    ]
    for value in instead:
        check(world, wire, raw(world, path, restaurant=value))
        check(world, wire, raw(world, "/api/v1/conversations", restaurant=value))


def test_b_s_own_id_in_capitals_is_still_b(world, untouched, wire):
    assert check(world, wire, raw(world, "/api/v1/conversations", restaurant=world.b.id.upper()), allowed=[200]) == [200]


def test_ways_to_write_a_credential(world, untouched, wire):
    """At A's door, with what is nearly A's token, or A's token where none belongs."""
    token, path = world.a.token, "/api/v1/conversations"
    for credential in (
        token[:-1],
        token + "0",
        token.lower(),
        token.upper(),
        token.swapcase(),
        token.replace("mtr_pat_", "mtr_live_"),
        token.replace("mtr_pat_", "mtr_admin_"),
        f"{token},{world.b.token}",
        f"{world.b.token} {token}",
        f'"{token}"',
        f"{token}\xa0",
        f"\u200b{token}",
        "null",
        "",
        "undefined",
        "mtr_pat_",
        "mtr_pat_" + "0" * 36,
        "' or '1'='1",
        "%",
        "*",
    ):
        check(world, wire, raw(world, path, credential=credential or " ", restaurant=world.a.id))
    for header in (
        f"Authorization: Basic {token}",
        f"Authorization: {token}",
        f"Authorization: Token {token}",
        f"X-API-Key: {token}",
        f"Cookie: token={token}",
    ):
        data = raw(world, path, [header], restaurant=world.a.id).replace(f"Authorization: Bearer {world.b.token}\r\n".encode(), b"", 1)
        check(world, wire, data)
    for name in ("access_token", "api_key", "token", "x-api-key", "q", "%61ccess_token", "ACCESS_TOKEN"):
        data = raw(world, f"{path}?{name}={token}", restaurant=world.a.id).replace(
            f"Authorization: Bearer {world.b.token}\r\n".encode(), b"", 1
        )
        check(world, wire, data)
        check(world, wire, raw(world, f"{path}?{name}={token}"))


def test_a_method_in_a_header_does_nothing(world, untouched):
    path = f"/api/v1/conversations/{world.a.conversations[0]}"
    own = f"/api/v1/conversations/{world.b.conversations[0]}"
    before = world.b.ask("GET", own).body
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"):
        for method in ("PATCH", "DELETE", "POST"):
            headers = (bearer(world.b.token), at(world.b.id), (name, method))
            for target in (path, own):
                answer = world.client.send(Request("GET", target, ((("_method", method),)), headers, {"mode": "closed"}))
                assert answer.status == (404 if target == path else 200), f"{name} {method} {target}: {answer.status}"
    assert world.b.ask("GET", own).body == before


def test_a_request_hidden_in_another_is_not_answered_as_somebody_else(world, untouched, wire):
    """Framing that two servers could read differently closes the connection; what is hidden behind it is not carried out."""
    hidden = raw(world, f"/api/v1/conversations/{world.a.conversations[0]}", restaurant=world.a.id)
    head = raw(world, "/api/v1/bots", ["Content-Type: application/json"], method="POST")[:-2].decode()
    framings = [
        f"Content-Length: {len(hidden)}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\x0bchunked\r\nContent-Length: 0\r\n\r\n",
        "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
        "Content-Length: +0\r\n\r\n",
        "Content-Length: 0x0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
    ]
    for framing in framings:
        statuses = check(world, wire, (head + framing).encode() + hidden, patience=0.5)
        assert len(statuses) <= 1, f"{framing!r}: what was hidden was answered: {statuses}"


def test_requests_of_two_restaurants_on_one_connection(world, untouched):
    """Nothing stays on a connection: neither who asked nor for which restaurant."""
    client = Client(f"http://{world.client.host}:{world.client.port}")
    address = f"/api/v1/conversations/{world.a.conversations[0]}"
    for _ in range(20):
        own = client.send(Request("GET", address, (), (bearer(world.a.token), at(world.a.id))))
        other = client.send(Request("GET", address, (), (bearer(world.b.token), at(world.b.id))))
        nowhere = client.send(Request("GET", address, (), (bearer(world.b.token),)))
        nobody = client.send(Request("GET", address))
        assert (own.status, other.status, nowhere.status, nobody.status) == (200, 404, 400, 401)


def test_who_invites_gets_nobody_s_account(world, untouched):
    """C's owner was made by a command and has no password yet; B invites that address, is shown the link, and accepts it itself."""
    person, b = world.database.make_person((world.c.id, "owner")), world.b
    email, words = f"{person}@example.com", "words of the intruder"
    made = world.client.send(
        Request("POST", "/api/v1/team/invitations", (), (bearer(b.owner.credential), at(b.id)), {"email": email, "role": "agent"})
    )
    link = made.json.get("link", "").partition("#token=")[2]
    world.client.send(Request("POST", "/api/v1/invitations/accept", (), (), {"token": link, "name": "x", "password": words}))
    opened = world.client.send(Request("POST", "/api/v1/auth/login", (), (), {"email": email, "password": words}))
    assert (opened.status, opened.code) == (401, "login_failed")


def test_bodies_that_name_another_restaurant(world, untouched):
    """Unknown members are refused, whatever they are called."""
    headers = (bearer(world.b.token), at(world.b.id))
    b = world.b
    targets = {
        ("POST", "/api/v1/bots"): {"name": "x"},
        ("PATCH", f"/api/v1/bots/{b.bots[0]}/channels/{b.channels[0][1]['id']}"): {"messagesPerSecond": 80},
        ("PATCH", f"/api/v1/conversations/{b.conversations[0]}"): {"mode": "agent"},
        ("POST", f"/api/v1/conversations/{b.conversations[0]}/read"): {"typing": False},
        ("POST", f"/api/v1/conversations/{b.conversations[0]}/messages"): {"type": "text", "text": {"body": "x"}},
    }
    names = [
        "merchantId",
        "merchant_id",
        "restaurantId",
        "restaurant_id",
        "X-Restaurant-Id",
        "tenantId",
        "botId",
        "bot_id",
        "channelId",
        "conversationId",
    ]
    names += [
        "assigneeId",
        "id",
        "role",
        "status_",
        "version",
        "createdAt",
        "is_admin",
        "__proto__",
        "constructor",
        "senderId",
        "contactId",
    ]
    for (method, path), body in targets.items():
        for name in names:
            for value in (world.a.id, {"id": world.a.id}, [world.a.id]):
                request = Request(method, path, (), headers + (("Idempotency-Key", fresh_key()),), body | {name: value})
                answer = world.client.send(request)
                assert (answer.status, answer.code) == (422, "validation_failed"), f"{request}: {answer.status} {answer.body[:200]}"
        twice = b'{"name":"x","name":"y"}'
        assert world.client.send(Request(method, path, (), headers + (("Idempotency-Key", fresh_key()),), twice)).status == 400


def test_who_is_no_member_any_more_is_out_within_a_second(world, untouched):
    database, c = world.database, world.c
    person = database.make_person((c.id, "owner"), (world.b.id, "agent"))
    token = database.make_credential("personal_access_token", person=person, scopes=SCOPES)

    def ask(restaurant) -> Answer:
        return world.client.send(Request("GET", "/api/v1/conversations", (), (bearer(token), at(restaurant))))

    try:
        assert ask(c.id).status == 200
        database.run(f"delete from platform.memberships where person_id = '{person}' and merchant_id = '{c.id}'")
        time.sleep(1.1)
        refused = ask(c.id)
        assert (refused.status, refused.code) == (403, "restaurant_forbidden")
        assert ask(world.b.id).status == 200
        database.run(f"update platform.credentials set revoked_at = now() where person_id = '{person}'")
        time.sleep(1.1)
        assert ask(world.b.id).status == 401
    finally:
        # As before, so that what A has to stay is still the same.
        database.run(
            f"""
            delete from platform.memberships where person_id = '{person}';
            delete from platform.credentials where person_id = '{person}';
            delete from platform.people where id = '{person}'
            """
        )
