"""Everybody who is not A, and what the API owes each of them (api.md 3)."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from client import Request
from database import SCOPES, token
from people import EXAMPLE_PASSWORD, Person


@dataclass(frozen=True)
class Caller:
    name: str
    # Its header fields; in the place of an access token, the person who has it.
    given: tuple
    # Acts as B. Otherwise `refusal` is the answer to whatever it asks of a restaurant.
    acts: bool = False
    refusal: tuple = None
    # The answer to what only a platform key may ask; None: it is one.
    platform_refusal: tuple = (403, "forbidden")
    role: str = "owner"
    scopes: tuple = tuple(SCOPES)
    # The kind of its credential: token, key, session or platform.
    kind: str = "token"
    # Works at A as well, which its own account says.
    is_of_a: bool = False
    # Whose token it is, where that matters.
    of: str = None

    @property
    def headers(self):
        return tuple((name, f"Bearer {value.credential}" if isinstance(value, Person) else value) for name, value in self.given)

    @property
    def person(self):
        """Whose session it is."""
        return next((value.id for _, value in self.given if isinstance(value, Person)), self.of)

    @property
    def roles(self):
        # An administrator of the installation is an owner everywhere.
        return {"platform", "owner"} if self.role == "platform" else {self.role}

    def may(self, operation):
        # A person's own things need no role.
        if self.kind not in operation.kinds or not (operation.is_personal or self.roles & set(operation.roles)):
            return False
        return self.role == "platform" or set(operation.scopes) <= set(self.scopes)


FORBIDDEN_RESTAURANT = (403, "restaurant_forbidden")
INVALID = (401, "invalid_credential")
MISSING = (401, "credential_required")


def bearer(credential):
    return ("Authorization", credential if isinstance(credential, Person) else f"Bearer {credential}")


def key(credential):
    return ("X-API-Key", credential)


def at(restaurant):
    return ("X-Restaurant-Id", restaurant)


def forged(access, header=None, **claims):
    """An access token that says something else under the signature it has."""
    parts = access.split(".")
    for index, changes in ((0, header or {}), (1, claims)):
        document = json.loads(urlsafe_b64decode(parts[index] + "=" * (-len(parts[index]) % 4))) | changes
        parts[index] = urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
    return ".".join(parts)


class Callers:
    def __init__(self, world):
        a, b, database = world.a.id, world.b.id, world.database

        def pat(person, **options):
            return database.make_credential("personal_access_token", person=person, **options)

        live = database.make_credential("merchant_key", merchant=b)
        agent = pat(database.make_person((b, "agent")))
        reading = [scope for scope in SCOPES if scope.endswith(":read")]
        reader = pat(database.make_person((b, "owner")), scopes=reading)
        both = pat(database.make_person((a, "owner"), (b, "owner")))
        expired = pat(world.a.person, expired=True)
        revoked = pat(world.a.person, revoked=True)
        revoked_key = database.make_credential("merchant_key", merchant=a, revoked=True)
        expired_key = database.make_credential("merchant_key", merchant=a, expired=True)
        own = world.b.token
        # The last character is the checksum's.
        malformed = world.a.token[:-1] + ("0" if world.a.token[-1] != "0" else "1")
        platform = world.platform_key
        self.live = live

        def somebody(**options):
            """Who works nowhere."""
            person = database.make_person()
            database.give_password(person, world.b.team["owner"].id)
            if options.get("is_admin"):
                database.run(f"update platform.people set is_platform_admin = true where id = '{person}'")
            return Person(world.client, f"{person}@example.com", EXAMPLE_PASSWORD, person).log_in()

        owner, manager, lesser = (world.b.team[role] for role in ("owner", "manager", "agent"))
        nobody, administrator = somebody(), somebody(is_admin=True)
        # Was at A until a moment ago.
        gone = somebody()
        database.run(f"insert into platform.memberships (merchant_id, person_id, role) values ('{a}', '{gone.id}', 'owner')")
        gone_is_in = world.client.send(Request("GET", "/api/v1/bots", (), (("Authorization", f"Bearer {gone.credential}"), at(a))))
        assert gone_is_in.status == 200, gone_is_in.body[:300]
        database.run(f"delete from platform.memberships where person_id = '{gone.id}'")
        time.sleep(1.1)
        ended, of_a = world.a.ended.access, world.a.team["owner"]
        self.people = [owner, manager, lesser, nobody, administrator, gone]
        # So that everybody has one to see.
        for person in self.people:
            pat(person.id)
        session = {"kind": "session"}

        # Those of A who may not do everything there.
        self.inside = [
            Caller("A's agent's session", (bearer(world.a.team["agent"]), at(a)), role="agent", **session),
            Caller("A's manager's session", (bearer(world.a.team["manager"]), at(a)), role="manager", **session),
            Caller("A's owner's session", (bearer(of_a), at(a)), **session),
            Caller("A's owner's token", (bearer(world.a.token), at(a))),
            Caller("A's reading token", (bearer(pat(world.a.person, scopes=reading)), at(a)), scopes=tuple(reading)),
            Caller("A's agent's token", (bearer(pat(world.a.team["agent"].id)), at(a)), role="agent", of=world.a.team["agent"].id),
            Caller("A's key", (key(database.make_credential("merchant_key", merchant=a)),), kind="key"),
        ]
        self.acting = [
            Caller("B's token", (bearer(own), at(b)), acts=True),
            Caller("B's key", (key(live),), acts=True, kind="key"),
            Caller("B's key as bearer", (bearer(live), at(b)), acts=True, kind="key"),
            Caller("B's agent", (bearer(agent), at(b)), acts=True, role="agent"),
            Caller("B's reading token", (bearer(reader), at(b)), acts=True, scopes=tuple(reading)),
            # Has both restaurants, and asks B's door for A's things.
            Caller("a person of both, at B", (bearer(both), at(b)), acts=True, is_of_a=True),
            Caller("the platform key, at B", (key(platform), at(b)), acts=True, platform_refusal=None, role="platform", kind="platform"),
            Caller("B's owner's session", (bearer(owner), at(b)), acts=True, **session),
            Caller("B's manager's session", (bearer(manager), at(b)), acts=True, role="manager", **session),
            Caller("B's agent's session", (bearer(lesser), at(b)), acts=True, role="agent", **session),
            Caller("an administrator, at B", (bearer(administrator), at(b)), acts=True, platform_refusal=None, role="platform", **session),
        ]
        repeated = (400, "repeated_header")
        invalid_id = (400, "invalid_restaurant_id")
        nowhere = (400, "restaurant_required")
        self.refused = [
            Caller("B's token, at A", (bearer(own), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("B's key, at A", (key(live), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("B's agent, at A", (bearer(agent), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("B's token, nowhere", (bearer(own),), refusal=nowhere),
            Caller("a person of both, nowhere", (bearer(both),), refusal=nowhere, is_of_a=True),
            Caller("the platform key, nowhere", (key(platform),), refusal=nowhere, platform_refusal=None, role="platform", kind="platform"),
            Caller("B's session, at A", (bearer(owner), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("B's session, nowhere", (bearer(owner),), refusal=nowhere, **session),
            Caller("B's session, at B and A", (bearer(owner), at(b), at(a)), refusal=repeated, platform_refusal=repeated),
            Caller("nobody's session, at A", (bearer(nobody), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("nobody's session, nowhere", (bearer(nobody),), refusal=nowhere, role="nobody", **session),
            Caller("who was at A, at A", (bearer(gone), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller(
                "an administrator, nowhere", (bearer(administrator),), refusal=nowhere, platform_refusal=None, role="platform", **session
            ),
            Caller("A's ended session", (bearer(ended), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller(
                "B's session in the name of A's owner",
                (bearer(forged(owner.access, sub=of_a.id, sid=of_a.session)), at(a)),
                refusal=INVALID,
                platform_refusal=INVALID,
            ),
            Caller(
                "A's session, signed by nobody",
                (bearer(forged(of_a.access, {"alg": "none"})), at(a)),
                refusal=INVALID,
                platform_refusal=INVALID,
            ),
            Caller("A's session as a key", (key(of_a.access), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller("A's refresh token", (bearer(of_a.refresh), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller(
                "B's session and B's key",
                (bearer(owner), key(live), at(b)),
                refusal=(400, "conflicting_credentials"),
                platform_refusal=(400, "conflicting_credentials"),
            ),
            Caller("B's token, at B and A", (bearer(own), at(b), at(a)), refusal=repeated, platform_refusal=repeated),
            Caller("B's token, at A and B", (bearer(own), at(a), at(b)), refusal=repeated, platform_refusal=repeated),
            Caller("B's token, at a list", (bearer(own), at(f"{b}, {a}")), refusal=invalid_id, platform_refusal=invalid_id),
            Caller("B's token, at nothing", (bearer(own), at("")), refusal=invalid_id, platform_refusal=invalid_id),
            Caller("nobody", (), refusal=MISSING, platform_refusal=MISSING),
            Caller("nobody, at A", (at(a),), refusal=MISSING, platform_refusal=MISSING),
            Caller("a malformed token, at A", (bearer(malformed), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller("an unknown token, at A", (bearer(token("mtr_pat_")), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller("an unknown key, at A", (key(token("mtr_live_")), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller("A's expired token", (bearer(expired), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller("A's revoked token", (bearer(revoked), at(a)), refusal=INVALID, platform_refusal=INVALID),
            Caller("A's revoked key", (key(revoked_key),), refusal=INVALID, platform_refusal=INVALID),
            Caller("A's expired key", (key(expired_key),), refusal=INVALID, platform_refusal=INVALID),
            Caller("a token as a key", (key(own), at(b)), refusal=INVALID, platform_refusal=INVALID),
            Caller(
                "B's token and A's revoked key",
                (bearer(own), key(revoked_key), at(a)),
                refusal=(400, "conflicting_credentials"),
                platform_refusal=(400, "conflicting_credentials"),
            ),
            Caller(
                "two tokens",
                (bearer(own), bearer(revoked), at(a)),
                refusal=repeated,
                platform_refusal=repeated,
            ),
        ]

    @property
    def all(self):
        return self.acting + self.refused
