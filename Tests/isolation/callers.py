"""Everybody who is not A, and what the API owes each of them (api.md 3)."""

from dataclasses import dataclass

from database import SCOPES, token


@dataclass(frozen=True)
class Caller:
    name: str
    headers: tuple
    # Acts as B. Otherwise `refusal` is the answer to whatever it asks of a restaurant.
    acts: bool = False
    refusal: tuple = None
    # The answer to what only a platform key may ask; None: it is one.
    platform_refusal: tuple = (403, "forbidden")
    role: str = "owner"
    scopes: tuple = tuple(SCOPES)
    # The kind of its credential, as in x-credentials.
    kind: str = "person"

    def may(self, operation):
        if operation.credentials and self.kind not in operation.credentials:
            return False
        return self.role in operation.roles and (self.role == "platform" or set(operation.scopes) <= set(self.scopes))


FORBIDDEN_RESTAURANT = (403, "restaurant_forbidden")
INVALID = (401, "invalid_credential")
MISSING = (401, "credential_required")


def bearer(credential):
    return ("Authorization", f"Bearer {credential}")


def key(credential):
    return ("X-API-Key", credential)


def at(restaurant):
    return ("X-Restaurant-Id", restaurant)


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

        self.acting = [
            Caller("B's token", (bearer(own), at(b)), acts=True),
            Caller("B's key", (key(live),), acts=True, kind="key"),
            Caller("B's key as bearer", (bearer(live), at(b)), acts=True, kind="key"),
            Caller("B's agent", (bearer(agent), at(b)), acts=True, role="agent"),
            Caller("B's reading token", (bearer(reader), at(b)), acts=True, scopes=tuple(reading)),
            # Has both restaurants, and asks B's door for A's things.
            Caller("a person of both, at B", (bearer(both), at(b)), acts=True),
            Caller("the platform key, at B", (key(platform), at(b)), acts=True, platform_refusal=None, role="platform", kind="key"),
        ]
        repeated = (400, "repeated_header")
        invalid_id = (400, "invalid_restaurant_id")
        nowhere = (400, "restaurant_required")
        self.refused = [
            Caller("B's token, at A", (bearer(own), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("B's key, at A", (key(live), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("B's agent, at A", (bearer(agent), at(a)), refusal=FORBIDDEN_RESTAURANT, platform_refusal=FORBIDDEN_RESTAURANT),
            Caller("B's token, nowhere", (bearer(own),), refusal=nowhere),
            Caller("a person of both, nowhere", (bearer(both),), refusal=nowhere),
            Caller("the platform key, nowhere", (key(platform),), refusal=nowhere, platform_refusal=None, role="platform", kind="key"),
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
