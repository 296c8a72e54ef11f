"""Where in a request another restaurant's things can be named, and what the answer to each must be.

Paths, parameters and bodies come from openapi.yaml. What an operation of a new kind needs is missing here, and `missing` says so.
"""

import hashlib
import hmac
import json
import random
import re
import secrets
import time
from dataclasses import dataclass, field
from itertools import combinations

from database import token
from people import EXAMPLE_PASSWORD, cookie, origin

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

ABSENT = frozenset({(404, "not_found")})
WRONG = frozenset({(422, "validation_failed")})
BAD_CURSOR = frozenset({(400, "invalid_cursor")})

# Query parameters that name nothing.
PLAIN_QUERY = {
    "limit", "offset", "after", "types", "since", "mode", "unread", "action", "outcome", "from", "to", "names", "position", "state", "type",
    "queue", "kind",
}
# Path parameters that name people and what they have.
PEOPLE = ("personId", "invitationId", "sessionId")
WEBHOOKS = ("webhookEndpointId", "webhookDeliveryId")
QUEUES = ("queue", "jobId")
# Members of bodies that name things of the provider or of nobody, and why A's there would prove nothing.
NOT_OURS = {
    "waId": "a telephone number in a contact card that is sent on as it is",
    "catalogId": "Meta's; sent on as it is",
    "productRetailerId": "a product in a catalogue at Meta",
    "productRetailerIds": "products in a catalogue at Meta",
    "thumbnailProductRetailerId": "a product in a catalogue at Meta",
    "/interactive/flow/id": "a WhatsApp Flow at Meta",
    "/interactive/buttons/*/id": "the sender's own word for a button",
    "/interactive/sections/*/rows/*/id": "the sender's own word for a row",
}


@dataclass(frozen=True)
class Placement:
    """One way of naming A's things in a request for an operation."""

    label: str
    path: dict
    # The answers that are right for somebody who acts as B: (status, code); None: whatever openapi.yaml has.
    expected: frozenset = None
    query: tuple = ()
    headers: tuple = ()
    # Called for each request, as some bodies must not come twice.
    body: object = lambda: None
    # A's values and what stands in their place in the second request, whose answer must be the same. Empty: nothing of A's is named.
    twins: dict = field(default_factory=dict)
    # A list in the answer has nothing in it.
    empty: bool = False
    # It is accepted, so one caller of each kind and role is enough.
    once: bool = False


def twin(value):
    """Another value of the same form, which names nothing. Of an id the time stays: as near to A's as can be guessed."""
    if UUID.fullmatch(value):
        tail = f"{random.getrandbits(16):04x}-7{random.getrandbits(12):03x}-{random.choice('89ab')}{random.getrandbits(12):03x}"
        made = f"{value[:8].lower()}-{tail}-{random.getrandbits(48):012x}"
        return made.upper() if value.isupper() else made
    classes = ((str.isdigit, "0123456789"), (str.islower, "abcdefghijklmnopqrstuvwxyz"), (str.isupper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return "".join(next((random.choice(letters) for test, letters in classes if test(letter)), letter) for letter in value)


def fresh_key():
    return secrets.token_hex(12)


def fresh_number():
    return f"88{secrets.randbelow(10**14):014}"


class Recipes:
    def __init__(self, a, b):
        self.a, self.b = a, b
        media = {kind: {"type": kind, kind: {"mediaId": a.media}} for kind in ("image", "video", "audio", "document", "sticker")}
        self.bodies = {
            ("createChannel", "/phoneNumberId"): [
                # Taken is taken, whoever has it: as for a number of B's own.
                self._channel(phoneNumberId=channel["phoneNumberId"], other={"phoneNumberId": b.number}, expected={(409, "number_taken")})
                for _, channel in a.channels
                if channel["provider"] == "meta"
            ],
            ("createChannel", "/wabaId"): [self._channel(wabaId=a.channel_in["wabaId"], expected={(201, None)})],
            ("createChannel", "/appId"): [
                # An app that is known needs its secret, whoever made it known: as for an app of B's own.
                self._channel(appId=a.own_app["appId"], appSecret="x" * 32, other={"appId": b.own_app["appId"]}, expected=WRONG)
            ],
            ("sendMessage", "/replyTo"): [
                self._named(message["id"], {"type": "text", "text": {"body": "x"}, "replyTo": message["id"]}, WRONG)
                for message in (a.message("inbound"), a.message("outbound"))
            ],
            ("sendMessage", "/reaction/messageId"): [
                self._named(name, {"type": "reaction", "reaction": {"messageId": name, "emoji": "👍"}}, WRONG)
                for message in (a.message("inbound"), a.message("outbound"))
                for name in (message["id"], message["providerMessageId"])
            ],
            **{
                (operation, "/merchantId"): [self._named(a.id, {"queue": "maintenance", "merchantId": a.id}, WRONG)]
                for operation in ("replayDeadLetters", "discardDeadLetters")
            },
            **{("sendMessage", f"/{kind}/mediaId"): [self._sent(body)] for kind, body in media.items()},
            **{
                ("sendMessage", f"/interactive/header/{kind}/mediaId"): [
                    self._sent(
                        {
                            "type": "interactive",
                            "interactive": {
                                "type": "button",
                                "header": {"type": kind, kind: {"mediaId": a.media}},
                                "body": "x",
                                "buttons": [{"id": "1", "title": "x"}],
                            },
                        }
                    )
                ]
                for kind in ("image", "video", "document")
            },
            **{
                ("sendMessage", f"/template/components/*/parameters/*/{kind}/mediaId"): [
                    self._sent(
                        {
                            "type": "template",
                            "template": {
                                "name": "x",
                                "language": "en",
                                "components": [{"type": "header", "parameters": [{"type": kind, kind: {"mediaId": a.media}}]}],
                            },
                        }
                    )
                ]
                for kind in ("image", "video", "document")
            },
        }
        self.public = {
            "verifyMetaWebhook": self._verification,
            "receiveMetaWebhook": self._webhook,
            "receiveBotWebhook": self._bot_webhook,
            "logIn": self._login,
            "refreshSession": self._refresh,
            "logOut": self._logout,
            "requestPasswordReset": self._reset_request,
            "confirmPasswordReset": self._reset,
            "inspectInvitation": self._inspection,
            "acceptInvitation": self._acceptance,
        }

    # What is missing.

    def missing(self, operation):
        """What no recipe knows in this operation: one line for each."""
        where = f"{operation.id} ({operation.method} {operation.path}): no recipe for"
        if operation.public and operation.id not in self.public and (operation.parameters or operation.has_body):
            yield f"{where} an operation without a credential that has parameters or a body"
        if operation.public and operation.id in self.public:
            return
        for name in operation.path_parameters:
            if name not in ("merchantId", "restaurantId", "botId", "channelId", "conversationId", "messageId", "keyId", "tokenId", *WEBHOOKS, *QUEUES, *PEOPLE):
                yield f"{where} the path parameter {name}"
        for name in operation.named("query"):
            if name not in PLAIN_QUERY and name not in ("channel", "assignee", "actor", "q", "cursor", "endpointId", "eventId", "merchantId"):
                yield f"{where} the query parameter {name}"
        for name in operation.named("header"):
            if name not in ("X-Restaurant-Id", "Idempotency-Key", "If-None-Match", "If-Match"):
                yield f"{where} the header {name}"
        for name in operation.named("cookie"):
            yield f"{where} the cookie {name}"
        for pointer in operation.naming_fields:
            if (operation.id, pointer) not in self.bodies and not {pointer, pointer.split("/")[-1]} & NOT_OURS.keys():
                yield f"{where} the member {pointer} of the body"
        if operation.has_body and not operation.examples:
            yield f"{where} a body without an example"

    # What there is.

    def placements(self, operation):
        if operation.public:
            yield from self.public.get(operation.id, lambda: [Placement("as it is", {})])()
            return
        own = self._own(operation)
        if operation.path_parameters:
            yield from self._in_path(operation, own)
        for example in operation.examples or (None,):
            yield Placement("nothing of A's", own, body=lambda example=example: example, once=example is not None)
        yield from self._in_query(operation, own)
        if operation.id == "createInvitation":
            # Whoever is invited is somebody's at A or nobody's: who invites does not hear which.
            for email in (self.a.owner.email, self.a.emails[-1]):
                yield self._posted("a person of A's", {"email": email, "role": "agent"}, {(201, None)}, {email: stranger()}, once=True)
        for pointer in operation.naming_fields:
            for placement in self.bodies.get((operation.id, pointer), []):
                yield Placement(**{**vars(placement), "path": own, "label": f"{pointer} {placement.label}"})

    def _own(self, operation):
        return self.b.samples(operation.path_parameters)[0] if operation.path_parameters else {}

    def _in_path(self, operation, own):
        names, bodies = operation.path_parameters, operation.examples or (None,)
        samples = self.a.samples(names)
        parts = [part for size in range(1, len(names)) for part in combinations(names, size)] if own else []
        for index, sample in enumerate(samples):
            for example in bodies if index == 0 else bodies[:1]:
                yield self._at("path", sample, sample, lambda example=example: example)
        first = samples[0]
        for part in parts:
            mixed = {name: first[name] if name in part else own[name] for name in names}
            yield self._at(f"path, {' '.join(part)} only", mixed, {name: first[name] for name in part}, lambda: bodies[0])
        upper = {name: value.upper() for name, value in first.items()}
        yield self._at("path in capitals", upper, upper, lambda: bodies[0])
        if "If-None-Match" in operation.named("header"):
            for tag in ("*", '"v1"', '"v2"', '"v3"'):
                yield self._at(f"path, If-None-Match {tag}", first, first, headers=(("If-None-Match", tag),))
        if "since" in operation.named("query"):
            yield self._at("path, since", first, first, query=(("since", "0"),))
        if operation.id == "sendMessage":
            # What A said once, said again in A's own words and with A's own key.
            path, key, body = self.a.sent
            conversation = {"conversationId": path.split("/")[-2]}
            yield self._at("A's Idempotency-Key", conversation, conversation, lambda: body, headers=(("Idempotency-Key", key),))

    def _at(self, label, path, named, body=lambda: None, headers=(), query=()):
        return Placement(
            label, path, ABSENT, query=query, headers=headers, body=body, twins={value: twin(value) for value in named.values()}
        )

    def _in_query(self, operation, own):
        for name in operation.named("query"):
            if name == "cursor" and not operation.is_platform:
                path, cursor = self.a.cursors[operation.id]
                yield Placement("cursor", own, BAD_CURSOR, (("cursor", cursor),), twins={cursor: twin(cursor)})
                if path:
                    twins = {value: twin(value) for value in (cursor, *path.values())}
                    yield Placement("path and cursor", path, BAD_CURSOR | ABSENT, (("cursor", cursor),), twins=twins)
            for value in {
                "channel": [channel["id"] for _, channel in self.a.channels],
                "assignee": [self.a.person],
                "actor": [self.a.person, *self.a.keys, *self.a.tokens],
                "q": [self.a.marker, self.a.phones[0]],
                "endpointId": self.a.endpoints,
                "eventId": self.a.events[:3],
                "merchantId": [self.a.id],
            }.get(name, []):
                yield Placement(name, own, frozenset({(200, None)}), ((name, value),), twins={value: twin(value)}, empty=True)

    def take_cursors(self, operations):
        """For every list, a cursor that was signed for A."""
        for operation in operations:
            if "cursor" not in operation.named("query") or operation.is_platform:
                continue
            for sample in self.a.samples(operation.path_parameters) if operation.path_parameters else [{}]:
                page = self.a.ask(operation.method, operation.paths(sample)[0], query=[("limit", 1)]).json
                if page["nextCursor"]:
                    self.a.cursors[operation.id] = (sample, page["nextCursor"])
                    break
            else:
                raise AssertionError(f"{operation.id}: A has no second row, and so no cursor")

    # Bodies.

    def _named(self, value, body, expected):
        return Placement(value[:5], {}, expected, body=lambda: body, twins={value: twin(value)})

    def _sent(self, body):
        """Only the provider knows whose file a media id names, so it is accepted; the answer says no more than for any other."""
        twins = {self.a.media: twin(self.a.media)}
        return Placement("the provider's", {}, frozenset({(201, None)}), body=lambda: body, twins=twins, once=True)

    def _channel(self, expected, other=None, **changes):
        app = self.b.own_app

        def body():
            return app | {"phoneNumberId": fresh_number(), "displayNumber": "+628110000001"} | changes

        named = {name: value for name, value in changes.items() if name != "appSecret"}
        twins = {value: (other or {}).get(name) or twin(value) for name, value in named.items()}
        return Placement("A's", {}, frozenset(expected), body=body, twins=twins, once=(201, None) in expected)

    # Operations without a credential.

    def _verification(self):
        def ask(token):
            return (("hub.mode", "subscribe"), ("hub.challenge", "1234"), ("hub.verify_token", token))

        refused = frozenset({(403, "forbidden")})
        yield Placement("nobody's token", {}, refused, ask("nobody's"))
        # An id is no secret: nothing of A's but its token may open this.
        for value in (self.a.id, self.a.channels[0][1]["id"], self.a.token):
            codes = frozenset({(401, "credential_in_url")}) | refused if value == self.a.token else refused
            yield Placement("A's id", {}, codes, ask(value), twins={value: twin(value)})

    def _webhook(self):
        number = self.a.number
        body = webhook(number, {"messages": [{"from": "1", "id": "wamid.x", "timestamp": "1", "type": "text", "text": {"body": "x"}}]})
        refused = frozenset({(401, "invalid_signature")})
        for signature in ("", "sha256=" + "0" * 64, "sha1=" + "0" * 40, sign(body, "x" * 32)):
            headers = (("X-Hub-Signature-256", signature),)
            yield Placement("signed by nobody", {}, refused, headers=headers, body=lambda: body, twins={number: fresh_number()[1:]})

    def _bot_webhook(self):
        body = json.dumps({"id": "x", "type": "bot_connected", "timestamp": "2026-01-01T00:00:00Z"}).encode()
        refused = frozenset({(401, "invalid_signature")})
        for _, channel in self.a.channels:
            for secret in ("", "x" * 32, self.b.outside_secret):
                headers = bot_headers(body, secret)
                named = channel["id"]
                yield Placement("signed by nobody", {}, refused, (("channel", named),), headers, lambda: body, {named: twin(named)})

    @staticmethod
    def _posted(label, body, expected, twins=None, headers=(), once=False):
        return Placement(label, {}, frozenset(expected), headers=headers, body=lambda: body, twins=twins or {}, once=once)

    def _login(self):
        failed = {(401, "login_failed")}
        email, device = self.a.owner.email, self.a.owner.device
        yield self._posted("nobody's address", {"email": stranger(), "password": EXAMPLE_PASSWORD}, failed)
        yield self._posted("a wrong password", {"email": email, "password": EXAMPLE_PASSWORD}, failed, {email: stranger()})
        # What A's own browser is known by opens nothing.
        known = (cookie(device, "__Host-maitre_device"),)
        twins = {email: stranger(), device: token("mtr_dev_")}
        yield self._posted("A's browser", {"email": email, "password": EXAMPLE_PASSWORD}, failed, twins, known)
        code = {"email": email, "password": EXAMPLE_PASSWORD, "recoveryCode": "0000-0000-0000-0000"}
        yield self._posted("a recovery code", code, failed, {email: stranger()})
        foreign = (("Origin", "https://a.example"),)
        refused = {(403, "cross_site_request")}
        right = {"email": email, "password": self.a.owner.password}
        yield self._posted("A's password from another site", right, refused, {email: stranger()}, foreign)

    def _with_cookie(self, refused):
        """A's refresh tokens: a living one as another site's page would send it, and one of a session that has ended."""
        living, ended = self.a.team["owner"].refresh, self.a.ended.refresh
        here = origin(self.a.client)
        for label, headers in {
            "from nowhere": (),
            "from another site": (("Origin", "https://a.example"),),
            "from a sandbox": (("Origin", "null"),),
            "from a page with a longer name": (("Origin", here[1] + ".a.example"),),
        }.items():
            yield self._with(label, (cookie(living), *headers), {(403, "cross_site_request")}, {living: token("mtr_ref_")})
        for label, value in {"an ended session": ended, "an access token": self.a.ended.access, "a token": self.a.token}.items():
            twin = token("mtr_ref_") if value == ended else "x" * len(value)
            yield self._with(label, (cookie(value), here), refused, {value: twin})
        yield self._with("another cookie", (cookie(living, "maitre_refresh"), here), self.without, {living: token("mtr_ref_")})

    def _with(self, label, headers, expected, twins):
        return Placement(label, {}, frozenset(expected), headers=headers, twins=twins)

    def _refresh(self):
        self.without = {(401, "credential_required")}
        yield from self._with_cookie({(401, "invalid_credential")})
        yield self._with("no cookie", (), self.without, {})

    def _logout(self):
        self.without = {(204, None)}
        yield from self._with_cookie(self.without)
        yield self._with("no cookie", (), self.without, {})

    def _reset_request(self):
        for email in (self.a.owner.email, self.a.team["agent"].email):
            yield self._posted("A's address", {"email": email}, {(202, None)}, {email: stranger()})

    def _reset(self):
        spent, refused = self.a.spent_reset, {(422, "link_invalid")}
        for value, other in {spent: token("mtr_rst_"), self.a.spent_invitations[0]: token("mtr_inv_"), self.a.id: twin(self.a.id)}.items():
            yield self._posted("A's", {"token": value, "password": EXAMPLE_PASSWORD}, refused, {value: other})

    def _inspection(self):
        yield from self._links({})

    def _acceptance(self):
        yield from self._links({"password": EXAMPLE_PASSWORD})
        yield from self._links({"password": EXAMPLE_PASSWORD, "name": "x"})

    def _links(self, more):
        for value in (*self.a.spent_invitations, *self.a.invitations[:1]):
            other = twin(value) if UUID.fullmatch(value) else token("mtr_inv_")
            codes = {(422, "link_invalid")}
            yield self._posted("A's", {"token": value} | more, codes, {value: other})


def stranger():
    """An address that nobody has."""
    return f"{secrets.token_hex(10)}@example.com"


def webhook(number, value):
    """One change as Meta sends it, as bytes."""
    metadata = {"display_phone_number": "1", "phone_number_id": number}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata} | value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def sign(body, secret):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def bot_headers(body, secret, milliseconds=None):
    """What an outside bot signs a body with."""
    now = str(milliseconds or time.time_ns() // 1_000_000)
    signature = hmac.new(secret.encode(), body + now.encode(), hashlib.sha256).hexdigest()
    return (("X-Timestamp", now), ("X-Webhook-Signature", signature))
