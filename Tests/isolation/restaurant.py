"""A demo restaurant full of things that nobody else may see, each with a marker that nobody can guess."""

import itertools
import re
import secrets
import time

from client import Request
from database import token
from people import Person

MEDIA = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


class Restaurant:
    def __init__(self, client, database, demo, country, password=None):
        """With a password, its people have that one; otherwise each one that nobody knows."""
        self.client, self.database, self.demo = client, database, demo
        self.id, self.token = demo["restaurantId"], demo["pat"]
        self.channel_in = demo["channels"][0]
        self.number = self.channel_in["phoneNumberId"]
        self.country = country
        self.marker = "M" + secrets.token_hex(8)
        self._serial = itertools.count(1)
        self.person = database.owner(self.id)
        self.bots, self.channels, self.conversations, self.messages = [], [], [], []
        self.keys, self.tokens = [], []
        self.endpoints, self.deliveries, self.events, self.jobs = [], [], [], []
        self.password = password
        # People by role, who log in; whom the tests may take out; links of invitations that are open no more.
        self.team, self.members, self.invitations, self.sessions, self.emails = {}, [], [], [], [demo["email"]]
        self.ended = self.spent_invitations = self.spent_reset = None
        self.phones, self.provider_ids, self.secrets, self.cursors = [], [], [self.token], {}
        self.media = None
        # What was sent last with an Idempotency-Key: (path, key, body).
        self.said = self.sent = None

    # What it says and asks.

    def mark(self, what):
        return f"{what} {self.marker}n{next(self._serial)}"

    def ask(self, method, path, body=None, headers=(), query=()):
        own = (("Authorization", f"Bearer {self.token}"), ("X-Restaurant-Id", self.id))
        answer = self.client.send(Request(method, path, tuple(query), own + tuple(headers), body))
        assert answer.status < 300, f"{self.demo['name']}: {method} {path}: {answer.status} {answer.body[:500]}"
        return answer

    def reactivate(self, platform_key):
        """Back to active, and waits until every credential of it is accepted again."""
        request = Request("POST", f"/api/v1/merchants/{self.id}/reactivate", (), (("X-API-Key", platform_key),), {})
        assert self.client.send(request).status == 200
        time.sleep(1.1)

    def simulate(self, method, path, body=None, headers=()):
        answer = self.client.send(Request(method, f"/simulator{path}", (), tuple(headers), body))
        assert answer.status < 300, f"{method} /simulator{path}: {answer.status} {answer.body[:500]}"
        return answer.json

    def write(self, customer, message):
        """The customer writes; the provider's id of the message."""
        update = {"phoneNumberId": self.number, "name": self.mark("Customer"), "message": message}
        made = self.simulate("POST", f"/customers/{customer}/messages", update)["id"]
        self.provider_ids.append(made)
        return made

    def say(self, conversation, body, key=None):
        path = f"/api/v1/conversations/{conversation}/messages"
        key = key or self.marker + secrets.token_hex(8)
        answer = self.ask("POST", path, body, [("Idempotency-Key", key)])
        self.said = (path, key, body)
        return answer.json["id"]

    # What it has.

    def fill(self, modes=("bot", "agent", "paused", "closed", "agent")):
        """Makes bots, channels, and for each mode a conversation with every kind of message; the last one's service window is closed."""
        self.database.run(
            f"""
            update platform.merchants set name = '{self.mark("Restaurant")}' where id = '{self.id}';
            update app.bots set name = '{self.mark("Bot")}', menu = '{self.mark("Menu")}' where merchant_id = '{self.id}'
            """
        )
        self._make_channels()
        self._make_credentials()
        self._make_people()
        self._make_webhooks()
        self.media = self.simulate("POST", f"/media?phoneNumberId={self.number}", MEDIA, [("Content-Type", "image/png")])["id"]
        phones = [f"{self.country}{secrets.randbelow(10**8):08}" for _ in modes]
        self.phones += phones
        for phone in phones:
            self._make_messages(phone)
        by_phone = self._await_conversations(phones)
        self.conversations = [by_phone[phone]["id"] for phone in phones]
        for phone, conversation, mode in zip(phones, self.conversations, modes, strict=True):
            self._answer(phone, conversation)
            if phone == phones[0]:
                # Without a marker: somebody else will say the same.
                self.say(conversation, {"type": "text", "text": {"body": "Thank you."}})
                self.sent = self.said
            self.ask("PATCH", f"/api/v1/conversations/{conversation}", {"mode": mode})
        self.database.run(
            f"""
            update app.conversations set assignee_id = '{self.person}' where merchant_id = '{self.id}' and id = '{self.conversations[1]}';
            update app.conversations set last_inbound_at = now() - interval '25 hours'
                where merchant_id = '{self.id}' and id = '{self.conversations[-1]}'
            """
        )
        self.settle()
        for conversation in self.conversations:
            messages = self.ask("GET", f"/api/v1/conversations/{conversation}/messages", query=[("limit", 100)]).json["data"]
            self.messages += [(conversation, message) for message in messages]
            self.provider_ids += [message["providerMessageId"] for message in messages if message["providerMessageId"]]
        for endpoint in self.endpoints:
            listed = self.ask("GET", "/api/v1/webhook-deliveries", query=[("limit", 5), ("endpointId", endpoint)]).json["data"]
            self.deliveries += [delivery["id"] for delivery in listed]
            self.events += [delivery["eventId"] for delivery in listed]
        assert len(self.deliveries) > 2, "nothing was delivered"
        self._make_dead_letters()
        assert any(message["status"] == "failed" for _, message in self.messages), "no message has failed: nothing could be sent again"

    def _make_dead_letters(self):
        """A job that waits, and some that were given up, in a queue that nobody works on. Long numbers: short ones are in many other things."""
        self.jobs = [f"7{secrets.randbelow(10**15):015}" for _ in range(4)]
        key = self.mark("key")
        self.database.run(
            f"""
            insert into queue.lanes (queue, merchant_id, key, ready_at, pending) values ('maintenance', '{self.id}', '{key}', now(), 1);
            insert into queue.jobs (queue, merchant_id, key, id, kind) overriding system value
            values ('maintenance', '{self.id}', '{key}', {self.jobs[0]}, 'test')
            """
        )
        for job in self.jobs[1:]:
            self.database.run(
                f"""
                insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error)
                values ('maintenance', '{self.id}', '{self.mark("key")}', {job}, 'test', '{{"note": "{self.mark("argument")}"}}', 3, now(), 3,
                    '{self.mark("reason")}')
                """
            )

    def _make_channels(self):
        body = {name: self.mark(name) for name in ("name", "greeting", "menu", "openingHours")}
        second = self.ask("POST", "/api/v1/bots", body).json["id"]
        self.bots = [self.demo["botId"], second]
        for bot in (self.bots[1], self.bots[0]):
            digits = f"{secrets.randbelow(10**14):014}"
            made = {
                "provider": "meta",
                "phoneNumberId": "55" + digits,
                "wabaId": "66" + digits,
                "displayNumber": f"+{self.country}{secrets.randbelow(10**8):08}",
                "appId": "77" + digits,
                "appSecret": self.marker + secrets.token_hex(8),
                "accessToken": self.mark("token"),
                "verifyToken": self.mark("verify"),
            }
            self.secrets += [made["appSecret"], made["accessToken"], made["verifyToken"]]
            self.own_app = made
            channel = self.ask("POST", f"/api/v1/bots/{bot}/channels", made).json["id"]
        self.ask("PATCH", f"/api/v1/bots/{bot}/channels/{channel}", {"status": "stopped"})
        # A bot that runs elsewhere.
        self.outside_secret = self.marker + secrets.token_hex(16)
        number = f"+{self.country}{secrets.randbelow(10**8):08}"
        outside = {"provider": "outside", "displayNumber": number, "webhookSecret": self.outside_secret}
        self.outside = self.ask("POST", f"/api/v1/bots/{self.bots[1]}/channels", outside).json["id"]
        self.secrets.append(self.outside_secret)
        for bot in self.bots:
            listed = self.ask("GET", f"/api/v1/bots/{bot}/channels").json["data"]
            self.channels += [(bot, channel) for channel in listed]
        self.secrets += [self.channel_in[name] for name in ("verifyToken", "accessToken")]

    def _make_credentials(self):
        """Keys and tokens in every state: good, rolled and revoked."""
        for path, ids in (("/api/v1/api-keys", self.keys), ("/api/v1/personal-access-tokens", self.tokens)):
            made = [self.ask("POST", path, {"name": self.mark("key"), "scopes": ["bots:read"]}).json for _ in range(3)]
            made.append(self.ask("POST", f"{path}/{made[1]['id']}/roll").json)
            self.ask("DELETE", f"{path}/{made[2]['id']}")
            ids += [credential["id"] for credential in made]
            self.secrets += [credential["token"] for credential in made]

    def _make_webhooks(self):
        """Endpoints where nobody listens: tests fail there at once, and what happens is held, since they are paused."""
        for number in range(3):
            body = {"url": f"http://127.0.0.1:9/{self.marker}/{number}", "description": self.mark("Endpoint")}
            made = self.ask("POST", "/api/v1/webhook-endpoints", body).json
            path = f"/api/v1/webhook-endpoints/{made['id']}"
            self.endpoints.append(made["id"])
            self.secrets += [made["secret"], self.ask("POST", f"{path}/roll-secret").json["secret"]]
            self.ask("POST", f"{path}/pause")
            self.ask("POST", f"{path}/test")

    def _make_people(self):
        """People in every role, invitations in every state, and sessions that live and that have ended."""
        self.owner = Person(self.client, self.demo["email"], self.demo["password"]).log_in()
        for role in ("owner", "manager", "agent"):
            self.team[role] = self._join(role).log_in()
        self.members = [self._join("agent").id, self._join("manager").id, *(person.id for person in self.team.values())]
        # Sessions beside those that these people go on using.
        own = self.team["owner"]
        self.sessions = [Person(self.client, own.email, own.password).log_in() for _ in range(2)]
        self.ended = Person(self.client, own.email, own.password).log_in()
        self.ended.log_out()
        self.invitations = [self._invite("manager")["id"] for _ in range(3)]
        withdrawn = self._invite("agent")
        self._as_owner("DELETE", f"/api/v1/team/invitations/{withdrawn['id']}")
        self.spent_invitations = [self.accepted, link_token(withdrawn)]
        self.spent_reset = token("mtr_rst_")
        self.database.run(
            f"""
            insert into platform.password_resets (hash, person_id, created_at, expires_at)
            values (sha256('{self.spent_reset}'), '{own.id}', now() - interval '2 hours', now() - interval '1 hour')
            """
        )
        for person in (self.owner, self.ended, *self.team.values(), *self.sessions):
            self.secrets += [person.access, person.refresh, person.device]
        self.secrets += self.spent_invitations

    def _as_owner(self, method, path, body=None):
        headers = (("Authorization", f"Bearer {self.owner.credential}"), ("X-Restaurant-Id", self.id))
        answer = self.client.send(Request(method, path, (), headers, body))
        assert answer.status < 300, f"{self.demo['name']}: {method} {path}: {answer.status} {answer.body[:500]}"
        return answer.json

    def _invite(self, role):
        self.emails.append(f"{self.marker}n{next(self._serial)}@example.com".lower())
        return self._as_owner("POST", "/api/v1/team/invitations", {"email": self.emails[-1], "role": role})

    def _join(self, role):
        """Somebody new, who has accepted an invitation."""
        self.accepted = link_token(self._invite(role))
        person = Person(self.client, self.emails[-1], self.password or secrets.token_urlsafe(16))
        body = {"token": self.accepted, "name": self.mark("Person"), "password": person.password}
        answer = person.post("/api/v1/invitations/accept", body)
        assert answer.status == 200, answer.body[:500]
        person.id = answer.json["personId"]
        return person

    def _make_messages(self, phone):
        first = self.write(phone, {"type": "text", "text": {"body": self.mark("Hello")}})
        media = {"id": self.media, "mime_type": "image/png"}
        self.write(phone, {"type": "image", "image": media | {"caption": self.mark("Picture")}})
        self.write(phone, {"type": "document", "document": media | {"filename": self.mark("File") + ".png"}})
        self.write(phone, {"type": "location", "location": {"latitude": 1.5, "longitude": 2.5, "name": self.mark("Place")}})
        self.write(phone, {"type": "text", "text": {"body": self.mark("Quoting")}, "context": {"id": first}})
        self.write(phone, {"type": "reaction", "reaction": {"message_id": first, "emoji": "👍"}})

    def _answer(self, phone, conversation):
        self.say(conversation, {"type": "text", "text": {"body": self.mark("Answer")}})
        buttons = [{"id": self.marker, "title": "Yes"}]
        self.say(conversation, {"type": "interactive", "interactive": {"type": "button", "body": self.mark("Choose"), "buttons": buttons}})
        # Sending to somebody who cannot be reached fails for good, so that there is something to send again.
        self.simulate("PATCH", f"/customers/{phone}", {"reachable": False})
        failing = self.say(conversation, {"type": "text", "text": {"body": self.mark("Lost")}})
        self._await(lambda: self._status(conversation, failing) == "failed", "a message to fail")
        self.simulate("PATCH", f"/customers/{phone}", {"reachable": True})

    def _status(self, conversation, message):
        return self.ask("GET", f"/api/v1/conversations/{conversation}/messages/{message}").json["status"]

    def _await_conversations(self, phones):
        def settled():
            listed = self.ask("GET", "/api/v1/conversations", query=[("limit", 100)]).json["data"]
            found = {conversation["contact"]["phone"].lstrip("+"): conversation for conversation in listed}
            # What the customer wrote, and at least one answer of the bot's.
            return found if all(phone in found and found[phone]["lastSequence"] >= 7 for phone in phones) else None

        return self._await(settled, "the conversations")

    @staticmethod
    def _await(condition, what, seconds=40):
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
            time.sleep(0.1)
        return result

    def settle(self, seconds=30):
        """Until nothing changes any more: jobs end, and the statuses of what was sent come back."""
        deadline, before, since = time.monotonic() + seconds, None, time.monotonic()
        while True:
            now = self.state()
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > 2:
                return
            assert time.monotonic() < deadline, f"{self.demo['name']} does not come to rest"
            time.sleep(0.3)

    # What it looks like.

    def state(self):
        """All of it as its own token reads it, as the tables hold it, and what went out from its numbers."""
        read = {}
        for path in self._addresses():
            # A cursor tells the time: there is one when the list is longer than a page.
            read[path] = re.sub(rb'"nextCursor":"[^"]*"', b'"nextCursor":""', self.ask("GET", path, query=[("limit", 100)]).body)
        return {"api": read, "rows": self.database.dump(self.id), "sent": self._sent_count()}

    def _sent_count(self):
        """How many messages went out from its number."""
        count, after = 0, 0
        while page := self.simulate("GET", f"/sent?after={after}&limit=100&phoneNumberId={self.number}")["messages"]:
            count, after = count + len(page), page[-1]["sequence"]
        return count

    def _addresses(self):
        yield from ("/api/v1/bots", "/api/v1/conversations", "/api/v1/api-keys", "/api/v1/audit-log", "/api/v1/merchants/current")
        yield from ("/api/v1/team", "/api/v1/team/invitations", "/api/v1/allowances", "/api/v1/webhook-endpoints")
        for bot in self.bots:
            yield from (f"/api/v1/bots/{bot}", f"/api/v1/bots/{bot}/channels")
        # One by one: the list is longer than a page, and its cursor tells the time.
        yield from (f"/api/v1/webhook-deliveries/{delivery}" for delivery in self.deliveries)
        for bot, channel in self.channels:
            yield f"/api/v1/bots/{bot}/channels/{channel['id']}"
        for conversation in self.conversations:
            yield from (f"/api/v1/conversations/{conversation}", f"/api/v1/conversations/{conversation}/messages")

    def changes(self, before, others=True):
        """What is other than it was, for people; empty when nothing is.

        Where not `others` asked, but A's own, that leaves two traces: refusals in the audit log, and when a key was used last.
        """
        after, found = self.state(), []
        if not others:
            before, after = (state | {"rows": without_refusals(state["rows"])} for state in (before, after))
            # Both are compared as rows.
            before["api"] = {path: body for path, body in before["api"].items() if path not in ("/api/v1/audit-log", "/api/v1/api-keys")}
        for path, body in before["api"].items():
            if after["api"].get(path) != body:
                found.append(f"GET {path} was {body[:300]} and is {after['api'].get(path, b'')[:300]}")
        found += [f"row gone: {row[:300]}" for row in sorted(before["rows"] - after["rows"])[:5]]
        found += [f"row new: {row[:300]}" for row in sorted(after["rows"] - before["rows"])[:5]]
        if after["sent"] != before["sent"]:
            found.append(f"its number sent {after['sent'] - before['sent']} messages")
        return found

    def fingerprints(self):
        """Texts of which none may ever be in an answer to somebody else who did not send it."""
        contacts = self.database.run(f"select id from app.contacts where merchant_id = '{self.id}'")
        return {
            self.marker,
            self.id,
            self.person,
            *self.bots,
            *(channel["id"] for _, channel in self.channels),
            *(channel["displayNumber"] for _, channel in self.channels),
            *(channel["phoneNumberId"] for _, channel in self.channels),
            *self.conversations,
            *self.keys,
            *self.tokens,
            *self.endpoints,
            *self.deliveries,
            *(message["id"] for _, message in self.messages),
            *contacts,
            *self.phones,
            *self.provider_ids,
            self.media,
            *self.members,
            *self.invitations,
            *self.emails,
            *(person.session for person in (self.owner, *self.team.values(), *self.sessions)),
            *self.secrets,
        }

    # What a request can name.

    def samples(self, parameters):
        """Values for these path parameters that fit each other, different enough to meet every state that an answer could depend on."""
        kinds = {
            "merchantId": [{"merchantId": self.id}],
            "restaurantId": [{"restaurantId": self.id}],
            "botId": [{"botId": bot} for bot in self.bots],
            "channelId": [{"botId": bot, "channelId": channel["id"]} for bot, channel in self.channels],
            "conversationId": [{"conversationId": conversation} for conversation in self.conversations],
            "keyId": [{"keyId": credential} for credential in self.keys],
            "tokenId": [{"tokenId": credential} for credential in self.tokens],
            "webhookEndpointId": [{"webhookEndpointId": endpoint} for endpoint in self.endpoints],
            "webhookDeliveryId": [{"webhookDeliveryId": delivery} for delivery in self.deliveries],
            "jobId": [{"jobId": job} for job in self.jobs],
            # One of everybody's; nobody works on it.
            "queue": [{"queue": "maintenance"}],
            "personId": [{"personId": person} for person in (*self.members, self.person)],
            "invitationId": [{"invitationId": invitation} for invitation in self.invitations],
            "sessionId": [{"sessionId": person.session} for person in self.sessions],
            "messageId": [{"conversationId": c, "messageId": m["id"]} for c, m in self._telling_messages()],
        }
        # The last parameter is the most particular: its samples have those before it.
        samples = kinds[parameters[-1]]
        assert all(set(sample) == set(parameters) for sample in samples), f"no samples for {parameters}"
        return samples

    def _telling_messages(self):
        """One message of each direction, type and status."""
        kinds = {}
        for conversation, message in self.messages:
            kinds.setdefault((message["direction"], message["type"], message["status"]), (conversation, message))
        return list(kinds.values())

    def message(self, direction="inbound"):
        return next(message for _, message in self.messages if message["direction"] == direction and message["providerMessageId"])


def without_refusals(rows):
    return {row for row in rows if not (row.startswith("platform.audit_log ") and '"outcome": "refused"' in row)}


def link_token(invitation):
    """What an invitation's link carries."""
    return invitation["link"].partition("#token=")[2]
