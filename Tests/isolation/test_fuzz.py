"""Random requests that mix A's ids, B's and nobody's in every place; the seed is fixed, and MAITRE_FUZZ_SEED names another."""

import os
import random

from client import Request
from matrix import READ_BY_THE_PLATFORM, is_own, known
from recipes import fresh_key, twin

SEED = int(os.environ.get("MAITRE_FUZZ_SEED", "1"))
ROUNDS = 1000


class Fuzz:
    def __init__(self, world):
        self.world, self.random = world, random.Random(SEED)
        a, b = world.a, world.b
        self.ids = {
            "a": [
                a.id,
                a.person,
                a.media,
                *a.bots,
                *a.conversations,
                a.message()["id"],
                a.message()["providerMessageId"],
                a.channels[0][1]["id"],
                *a.members,
                *a.invitations,
                a.sessions[0].session,
            ],
            # Without those who ask: who takes oneself out has nothing more to ask.
            "b": [b.id, *b.bots, *b.conversations, b.message()["id"], b.channels[0][1]["id"], *b.members[:2], *b.invitations[:-1]],
        }
        # Who asks, and one of B's invitations, which it may withdraw: others look for it in a list.
        self.kept = {caller.person for caller in world.callers.all if caller.person} | {b.invitations[-1]}
        self.ids["nobody"] = [twin(value) for value in self.ids["a"]]
        self.odd = ["", "0", "null", "%00", "..", "*", "' or 1=1 --", "a" * 300, "٣", "\u202e", "-1", "9" * 40]
        self.operations = [operation for operation in world.operations.values() if not operation.public]

    def value(self):
        kind = self.random.choices(["a", "b", "nobody", "odd"], [5, 3, 1, 1])[0]
        return self.random.choice(self.odd if kind == "odd" else self.ids[kind])

    def path(self, operation):
        """Values that fit the place, of one restaurant or mixed, or any values at all."""
        if not operation.path_parameters:
            return operation.path
        samples = [
            self.random.choice([sample for sample in restaurant.samples(operation.path_parameters) if not self.kept & set(sample.values())])
            for restaurant in (self.world.a, self.world.b)
        ]
        values = {}
        for name in operation.path_parameters:
            values[name] = self.random.choices([samples[0][name], samples[1][name], self.value()], [5, 3, 2])[0]
        # Percent-encoded where a path could not have it otherwise.
        values = {
            name: "".join(c if (c.isascii() and c.isalnum()) or c in "-.%*" else "".join(f"%{b:02x}" for b in c.encode()) for c in v)
            for name, v in values.items()
        }
        return self.random.choice(operation.paths(values))

    def body(self, operation):
        if not operation.has_body:
            return None
        bodies = [dict(example) for example in operation.examples] + [{}]
        body = self.random.choice(bodies)
        # Names that a careless reader of bodies would take.
        names = [
            "id",
            "merchantId",
            "restaurantId",
            "merchant_id",
            "botId",
            "channelId",
            "conversationId",
            "assigneeId",
            "replyTo",
            "version",
        ]
        for _ in range(self.random.choice([0, 0, 1, 2])):
            body[self.random.choice(names)] = self.value()
        return body

    def request(self):
        operation = self.random.choice(self.operations)
        caller = self.random.choice(self.random.choices([self.world.callers.acting, self.world.callers.refused], [7, 3])[0])
        query = []
        for name in operation.named("query"):
            if self.random.random() < 0.4:
                cursors = [cursor for _, cursor in self.world.a.cursors.values()]
                query.append((name, self.random.choice([self.value(), "1", self.world.a.marker, self.random.choice(cursors)])))
        headers = list(caller.headers)
        if "Idempotency-Key" in operation.named("header"):
            headers.append(("Idempotency-Key", self.random.choice([fresh_key(), self.world.a.sent[1] + "x"])))
        if self.random.random() < 0.2:
            headers.append(
                (
                    self.random.choice(["If-None-Match", "X-Merchant-Id", "X-Forwarded-For", "X-Original-URL"]),
                    self.random.choice(["*", self.world.a.id]),
                )
            )
        return operation, caller, Request(operation.method, self.path(operation), tuple(query), tuple(headers), self.body(operation))


def test_random_requests(world, untouched):
    fuzz, findings, statuses = Fuzz(world), [], {}
    for _ in range(ROUNDS):
        operation, caller, request = fuzz.request()
        if caller.platform_refusal is None and (operation.is_platform or (operation.id in READ_BY_THE_PLATFORM and not caller.acts)):
            continue
        if operation.is_personal:
            # What one of them does to its own account, the next request must not feel.
            world.database.forget_attempts()
        answer = world.client.send(request)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        named = [value for value in fuzz.ids["a"] + list(world.a.conversations) if value in request.path]
        wrong = None
        if answer.status >= 500:
            wrong = "is an error of the server"
        elif leaks := world.leaks(request, answer, known(operation, caller, world.a)):
            wrong = f"has {leaks[:3]} of A's"
        elif answer.status < 400 and (named or not ((caller.acts or is_own(operation, caller)) and caller.may(operation))):
            wrong = "is not refused"
        elif answer.status >= 400 and answer.header("content-type") != "application/problem+json":
            wrong = "is no problem document"
        if wrong:
            findings.append(f"{request} by {caller.name} {wrong}: {answer.status} {answer.body[:300]}")
        # What B was allowed to bring in, such as a provider's id, it may read again.
        if answer.status < 300 and request.data:
            world.brought |= {value for value in fuzz.ids["a"] if value in request.data.decode()}
    print(f"\nisolation: {sum(statuses.values())} random requests, seed {SEED}: {dict(sorted(statuses.items()))}")
    assert findings == [], "\n".join(findings[:20])
    assert statuses.get(200, 0) + statuses.get(201, 0) > 10, f"hardly anything was allowed, so little was tried: {statuses}"
