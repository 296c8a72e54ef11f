"""Lists, cursors and idempotency keys: what several requests together might give away."""

import base64

import pytest
from callers import at, bearer
from client import Request
from recipes import fresh_key, fresh_number


def lists(world):
    return [o for o in world.operations.values() if "cursor" in o.named("query") and not o.is_platform]


def pages(world, operation, path, caller, limit):
    """The rows of a whole list."""
    rows, query = [], (("limit", limit),)
    while True:
        request = Request("GET", path, query, caller.headers)
        answer = world.client.send(request)
        assert answer.status == 200, f"{request}: {answer.body[:300]}"
        assert world.leaks(request, answer) == []
        rows += answer.json["data"]
        if not answer.json["nextCursor"]:
            return rows
        query = (("limit", limit), ("cursor", answer.json["nextCursor"]))


def test_lists_have_the_own_rows_and_no_others(world, untouched):
    tables = {
        "listBots": "app.bots",
        "listChannels": "app.channels",
        "listConversations": "app.conversations",
        "listMessages": "app.messages",
        "listApiKeys": "platform.credentials",
        "listAuditLog": "platform.audit_log",
        "listInvitations": "platform.invitations",
        # Who works for B is B's, wherever else that person works.
        "listTeam": f"""(
            select distinct on (person_id) person_id as id, merchant_id from platform.memberships
            order by person_id, merchant_id <> '{world.b.id}') m""",
    }
    for operation in lists(world):
        if operation.is_personal:
            continue  # A person's own: the next test.
        for caller in world.callers.acting:
            if not caller.may(operation):
                continue
            paths = {
                "listChannels": [{"botId": bot} for bot in world.b.bots],
                "listMessages": [{"conversationId": conversation} for conversation in world.b.conversations],
            }.get(operation.id, [{}])
            for limit in (1, 100):
                found = {
                    row.get("id") or row["personId"]
                    for path in paths
                    for row in pages(world, operation, operation.paths(path)[0], caller, limit)
                }
                assert found, f"{operation.id}: B has no rows, and so nothing is proved"
                owners = set(
                    world.database.run(
                        f"select distinct merchant_id from {tables[operation.id]} where id = any('{{{','.join(found)}}}'::uuid[])"
                    )
                )
                assert owners == {world.b.id}, f"{operation.id} by {caller.name}"


def test_tokens_are_ones_own(world, untouched):
    operation = world.operations["listPersonalAccessTokens"]
    for caller in world.callers.acting:
        if not caller.may(operation):
            continue
        found = {row["id"] for row in pages(world, operation, operation.path, caller, 1)}
        assert found, caller.name
        people = world.database.run(f"select distinct person_id from platform.credentials where id = any('{{{','.join(found)}}}'::uuid[])")
        assert len(people) == 1 and people != [world.a.person], caller.name


def test_a_cursor_is_good_for_nobody_else_and_nowhere_else(world, untouched):
    """A's cursors in every list of B's, under every caller, and as they are after every small change."""
    for operation in lists(world):
        path = operation.paths(world.b.samples(operation.path_parameters)[0] if operation.path_parameters else {})[0]
        caller = world.callers.acting[0]
        garbage = world.client.send(Request("GET", path, (("cursor", "AQ"),), caller.headers))
        assert (garbage.status, garbage.code) == (400, "invalid_cursor")
        cursors = [cursor for _, cursor in world.a.cursors.values()]
        for cursor in cursors:
            raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            for index in range(len(raw)):
                raw[index] ^= 1
                cursors.append(base64.urlsafe_b64encode(raw).decode().rstrip("="))
                raw[index] ^= 1
            if len(cursors) > 500:
                break
        for cursor in cursors:
            request = Request("GET", path, (("cursor", cursor),), caller.headers)
            answer = world.client.send(request)
            assert answer.status == 400 and answer.body == garbage.body, f"{request}: {answer.body[:300]}"


def test_an_idempotency_key_is_the_restaurant_s_own(world, untouched):
    path, key, body = world.a.sent
    headers = (("Idempotency-Key", key),)
    own = f"/api/v1/conversations/{world.b.conversations[0]}/messages"
    seen = set()
    for caller in world.callers.acting:
        if not caller.may(world.operations["sendMessage"]):
            continue
        # At A's conversation: absent, whatever A was answered.
        refused = world.client.send(Request("POST", path, (), caller.headers + headers, body))
        assert (refused.status, refused.code, refused.header("Idempotent-Replayed")) == (404, "not_found", None)
        # At B's own: an effect of its own at first, which is all that is ever replayed.
        answer = world.client.send(Request("POST", own, (), caller.headers + headers, body))
        assert answer.status == 201
        assert answer.header("Idempotent-Replayed") == ("true" if seen else None)
        assert answer.json["conversationId"] == world.b.conversations[0]
        seen.add(answer.json["id"])
    assert len(seen) == 1
    # Another body under the key that A used is no conflict for B elsewhere.
    other = f"/api/v1/conversations/{world.b.conversations[1]}/messages"
    answer = world.client.send(
        Request("POST", other, (), world.callers.acting[0].headers + headers, {"type": "text", "text": {"body": "other"}})
    )
    assert answer.status == 201
    # And A gets its own answer again.
    again = world.client.send(Request("POST", path, (), (bearer(world.a.token), at(world.a.id)) + headers, body))
    assert (again.status, again.header("Idempotent-Replayed")) == (201, "true")
    assert again.json["conversationId"] in world.a.conversations


def test_a_key_in_flight_at_two_restaurants_at_once(world, untouched):
    """The same key, at the same moment: two answers, each with its own message."""
    key = fresh_key()
    for restaurant in (world.b, world.c, world.b, world.c):
        path = f"/api/v1/conversations/{restaurant.conversations[0]}/messages"
        answer = restaurant.ask("POST", path, {"type": "text", "text": {"body": "same"}}, [("Idempotency-Key", key)])
        assert answer.json["conversationId"] == restaurant.conversations[0]


def test_what_is_made_under_a_key_is_its_owner_s(world, untouched):
    """C makes something under a key. Whoever else sends the very same gets something of their own or a refusal, never C's answer; and of what holds a
    secret each credential gets only its own again."""
    key, c = ("Idempotency-Key", fresh_key()), world.c
    owner = (bearer(c.team["owner"]), at(c.id))
    creations = {
        "createBot": ("/api/v1/bots", {"name": "made once"}, True),
        "createApiKey": ("/api/v1/api-keys", {"name": "made once", "scopes": ["bots:read"]}, False),
        "createInvitation": ("/api/v1/team/invitations", {"email": "made-once@example.com", "role": "agent"}, False),
        "createPersonalAccessToken": ("/api/v1/personal-access-tokens", {"name": "made once", "scopes": ["bots:read"]}, False),
    }

    def made(answer):
        """What tells one answer from another."""
        return answer.json["id"]

    for name, (path, body, is_shared) in creations.items():
        headers = tuple((field, f"Bearer {value.credential}" if field == "Authorization" else value) for field, value in owner)
        request = Request("POST", path, (), headers + (key,), body)
        first = world.client.send(request)
        assert (first.status, first.header("Idempotent-Replayed")) == (201, None), f"{name}: {first.body[:300]}"
        seen = {}
        for caller in world.callers.all:
            answer = world.client.send(Request("POST", path, (), caller.headers + (key,), body))
            assert made(first).encode() not in answer.body, f"{name} by {caller.name}"
            if answer.status != 201:
                assert answer.header("Idempotent-Replayed") is None, f"{name} by {caller.name}"
                continue
            # The credential, whatever header it came in; and the restaurant that it named.
            values = [value.removeprefix("Bearer ") for field, value in caller.headers if field != "X-Restaurant-Id"]
            who = "B" if is_shared else (*values, "at B" if caller.acts else "nowhere")
            assert answer.header("Idempotent-Replayed") == ("true" if who in seen else None), f"{name} by {caller.name}"
            assert seen.setdefault(who, made(answer)) == made(answer), f"{name} by {caller.name}"
        assert len(set(seen.values())) == len(seen) and seen, name
        again = world.client.send(request)
        assert (again.status, again.header("Idempotent-Replayed"), again.body) == (201, "true", first.body), name


def test_a_refused_channel_leaves_nothing_behind(world, untouched):
    """B names a number that is taken, and with it an app that is somebody else's: after the refusal that somebody can still use the app."""
    app = fresh_number()
    body = world.b.own_app | {"phoneNumberId": world.a.number, "appId": app, "appSecret": "b" * 32}
    caller = world.callers.acting[0]
    refused = world.client.send(Request("POST", f"/api/v1/bots/{world.b.bots[0]}/channels", (), caller.headers, body))
    assert (refused.status, refused.code) == (409, "number_taken")
    own = world.c.own_app | {"phoneNumberId": fresh_number(), "appId": app, "appSecret": "c" * 32}
    headers = (bearer(world.c.token), at(world.c.id))
    assert world.client.send(Request("POST", f"/api/v1/bots/{world.c.bots[0]}/channels", (), headers, own)).status == 201
