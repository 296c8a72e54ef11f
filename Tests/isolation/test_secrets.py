"""A10, I5: nothing that was written or answered has a secret or a telephone number in it. Runs last, and looks for all that the other tests have used.

Searched are the logs of `maitre dev` and its PostgreSQL, those of `maitre serve` and `maitre work` at their most talkative, the metrics, the audit log,
health, and every problem document and reading of the whole run.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import struct
import time
from urllib.parse import quote

import pytest
from callers import at, bearer, key
from client import Request
from database import token
from matrix import Matrix
from people import EXAMPLE_PASSWORD, Person, cookie, origin
from production import MAIL_PASSWORD, Production
from recipes import bot_headers, fresh_key, fresh_number, sign, webhook
from secrecy import Search, Secrets, shaped
from specification import Specification

WRONG_PASSWORD = "a wrong password of somebody's"
OPERATIONS = Specification.load().operations()


@pytest.fixture(scope="module")
def production(world, tmp_path_factory):
    world.recover()
    world.database.forget_attempts()
    running = Production(world, str(tmp_path_factory.mktemp("production")))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def used(world, production):
    """Everything that was used, after the production program has done a bit of everything too; and what it wrote, once it has stopped."""
    secrets = world.watch.secrets
    asked = ask_everything(world, production)
    lived = Life(world, production).live()
    pages = production.metrics()
    audits = audit_logs(world, production)
    health = [production.client.send(Request("GET", path)).text for path in ("/livez", "/readyz", "/api/health", "/.well-known/jwks.json")]
    production.stop()
    for restaurant in (world.a, world.b, world.c):
        secrets.add(*restaurant.secrets, restaurant.token, restaurant.demo["password"])
        secrets.add(*(channel[name] for channel in restaurant.demo["channels"] for name in ("appSecret", "accessToken", "verifyToken")))
        secrets.add(*(person.password for person in (restaurant.owner, *restaurant.team.values())))
        secrets.add_phones(*restaurant.phones, *(channel["displayNumber"] for _, channel in restaurant.channels))
    secrets.add(world.platform_key, production.key, *production.passwords.values(), EXAMPLE_PASSWORD, WRONG_PASSWORD, MAIL_PASSWORD, *lived)
    written = {
        "the log of maitre serve": production.text("serve"),
        "the log of maitre work": production.text("work"),
        "the log of PostgreSQL": read(os.path.join(world.directory, "postgres.log")),
        "the log of maitre dev": without_links(read(os.path.join(os.path.dirname(world.directory), "err"))),
        "what maitre dev prints": without_announcement(read(os.path.join(os.path.dirname(world.directory), "out"))),
        "metrics of maitre serve": pages[0],
        "metrics of maitre work": pages[1],
        "health": "\n".join(health),
    }
    assert asked > 200
    return secrets, written, audits


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def without_links(text):
    """Development without a mail server: the log is where one finds the link (docs/operating.md)."""
    return re.sub(r"link=\S+#token=mtr_\w+", "link=…", text)


def without_announcement(text):
    """What a newcomer is to read: the demo's credentials."""
    return re.sub(r"(?ms)^Demo credentials.*?^Ctrl-C", "", text)


def ask_everything(world, production):
    """Every operation, by one of each kind of caller, some of whom are refused; how many requests."""
    callers = world.callers
    by_name = {caller.name: caller for caller in (*callers.acting, *callers.refused)}
    names = [
        *("B's token", "B's key", "B's owner's session", "B's agent's session", "B's token, at A", "B's session, at A"),
        *("A's ended session", "an unknown token, at A", "A's refresh token", "B's session and B's key", "a malformed token, at A"),
    ]
    matrix = Matrix(production.client, world.recipes, world.prints, world.brought, world.database.forget_attempts)
    asked = 0
    for operation in OPERATIONS:
        asked += matrix.run(operation, [by_name[name] for name in names])
        world.recover()
    return asked


def audit_logs(world, production):
    """All pages, as each restaurant and the platform read them."""
    texts = []
    for headers in [
        *((bearer(each.owner.credential), at(each.id)) for each in (world.a, world.b, world.c)),
        (key(world.platform_key),),
    ]:
        cursor = ()
        for _ in range(60):
            answer = production.client.send(Request("GET", "/api/v1/audit-log", (("limit", "100"), *cursor), headers))
            assert answer.status == 200, answer.body[:300]
            texts.append(answer.text)
            if not answer.json["nextCursor"]:
                break
            cursor = (("cursor", answer.json["nextCursor"]),)
    return "\n".join(texts)


def one_time_code(secret):
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


class Life:
    """What people, customers and the provider do to the production program with things that nobody may read afterwards."""

    def __init__(self, world, production):
        self.world, self.client, self.b = world, production.client, world.b
        self.secrets = []

    def live(self):
        self.mislay_credentials()
        self.log_in()
        self.use_a_second_factor()
        self.reset_a_password()
        self.invite()
        self.make_credentials_and_channels()
        self.hear_from_the_provider()
        # What fails is tried again, and told: e-mails to a server that is not there, messages to who cannot be reached.
        time.sleep(3)
        return self.secrets

    def post(self, path, body=None, *headers):
        return self.client.send(Request("POST", path, (), headers, body))

    def as_owner(self, method, path, body=None, *more):
        headers = (bearer(self.b.owner.credential), at(self.b.id), *more)
        return self.client.send(Request(method, path, (), headers, body))

    def mislay_credentials(self):
        """Credentials where none belong, and such as never were."""
        path, access, pat = "/api/v1/bots", self.b.owner.credential, self.b.token
        unknown = [token("mtr_pat_"), token("mtr_live_"), token("mtr_ref_")]
        basic = base64.b64encode(f"maitre:{pat}".encode()).decode()
        for value in (access, pat, self.b.keys[0], *unknown):
            for name in ("access_token", "token", "q", "api_key"):
                self.client.send(Request("GET", path, ((name, value),)))
            for headers in [
                (("Authorization", f"Bearer {value}x"),),
                (("Authorization", value),),
                (("Authorization", f"Basic {basic}"),),
                (("X-API-Key", value),),
                (("X-Restaurant-Id", value), bearer(pat)),
                (("X-Request-Id", value),),
                (("User-Agent", f"curl -H 'Authorization: Bearer {value}'"), bearer(pat), at(self.b.id)),
                (("Referer", f"https://a.example/?token={value}"),),
                (("Idempotency-Key", value), bearer(pat), at(self.b.id)),
                (("If-Match", f'"{value}"'), bearer(pat), at(self.b.id)),
                (("X-Forwarded-For", value),),
            ]:
                self.client.send(Request("GET", path, (), headers))
            # Refused, and so in the audit log.
            for more in (("X-Request-Id", value), ("User-Agent", f"curl -H 'Authorization: Bearer {value}'")):
                refused = (bearer(self.b.team["agent"].credential), at(self.b.id), more)
                assert self.client.send(Request("POST", path, (), refused, {"name": "x"})).status == 403
            self.client.send(Request("GET", f"{path}/{value}", (), (bearer(pat), at(self.b.id))))
            self.post(path, {"name": "x", value: value}, bearer(pat), at(self.b.id))
            self.post(path, f'{{"name": "{value}'.encode(), bearer(pat), at(self.b.id))
        self.secrets.append(basic)

    def log_in(self):
        person = Person(self.client, self.b.owner.email, self.b.owner.password).log_in()
        for email in (person.email, "nobody@example.com", WRONG_PASSWORD):
            assert self.post("/api/v1/auth/login", {"email": email, "password": WRONG_PASSWORD}).status == 401
        before = person.refresh
        person._take(self.post("/api/v1/auth/refresh", None, cookie(before), origin(self.client)))
        assert self.post("/api/v1/auth/refresh", None, cookie(before), origin(self.client)).status in (200, 401)
        assert self.post("/api/v1/me/password", {"currentPassword": WRONG_PASSWORD, "newPassword": "x" * 20}, bearer(person.access)).status == 422
        weak = {"currentPassword": person.password, "newPassword": person.email}
        assert self.post("/api/v1/me/password", weak, bearer(person.access)).status == 422
        person.log_out()

    def use_a_second_factor(self):
        person = self.b.team["manager"]
        session = Person(self.client, person.email, person.password).log_in()
        mine = bearer(session.access)
        proposed = self.post("/api/v1/me/second-factor", {"password": person.password}, mine).json
        secret = proposed["secret"]
        self.secrets += [secret, proposed["otpauthUrl"]]
        codes = self.post("/api/v1/me/second-factor/confirm", {"totp": one_time_code(secret)}, mine).json["recoveryCodes"]
        self.secrets += codes
        login = {"email": person.email, "password": person.password}
        assert self.post("/api/v1/auth/login", login).code == "second_factor_required"
        assert self.post("/api/v1/auth/login", login | {"recoveryCode": "2222-2222-2222-2222"}).status == 401
        assert self.post("/api/v1/auth/login", login | {"recoveryCode": codes[0]}).status == 200
        assert self.post("/api/v1/auth/login", login | {"recoveryCode": codes[0]}).status == 401
        self.world.recover()

    def reset_a_password(self):
        assert self.post("/api/v1/auth/password-reset", {"email": self.b.team["agent"].email}).status == 202
        spent = token("mtr_rst_")
        assert self.post("/api/v1/auth/password-reset/confirm", {"token": spent, "password": WRONG_PASSWORD}).code == "link_invalid"
        self.secrets.append(spent)

    def invite(self):
        """The link goes by e-mail here, to a server that is not there."""
        made = self.as_owner("POST", "/api/v1/team/invitations", {"email": f"{fresh_key()}@example.com", "role": "agent"})
        assert (made.status, made.json.get("link")) == (201, None), made.body[:300]

    def make_credentials_and_channels(self):
        for path in ("/api/v1/api-keys", "/api/v1/personal-access-tokens"):
            made = self.as_owner("POST", path, {"name": "x", "scopes": ["bots:read"]}).json
            rolled = self.as_owner("POST", f"{path}/{made['id']}/roll")
            assert rolled.status in (200, 201), rolled.body[:300]
            self.as_owner("DELETE", f"{path}/{rolled.json['id']}")
        bot = self.b.bots[0]
        for number, expected in ((fresh_number(), 201), (self.world.a.number, 409)):
            body = {
                **{"provider": "meta", "phoneNumberId": number, "wabaId": fresh_number(), "displayNumber": "+628110000077"},
                **{"appId": fresh_number(), "appSecret": fresh_key(), "accessToken": f"access {fresh_key()}", "verifyToken": f"verify {fresh_key()}"},
            }
            self.world.watch.secrets.add_phones(body["displayNumber"])
            made = self.as_owner("POST", f"/api/v1/bots/{bot}/channels", body)
            assert made.status == expected, made.body[:300]
            # Wrong in one member, and the others are secrets.
            assert self.as_owner("POST", f"/api/v1/bots/{bot}/channels", body | {"wabaId": "x"}).status == 422
            assert self.as_owner("POST", f"/api/v1/bots/{bot}/channels", json.dumps(body)[:-1].encode()).status == 400

    def hear_from_the_provider(self):
        """Customers write; what is wrong with their messages is found out by workers; answers fail."""
        channel = self.b.demo["channels"][0]
        for verify in (channel["verifyToken"], "not " + channel["verifyToken"]):
            query = (("hub.mode", "subscribe"), ("hub.challenge", "77"), ("hub.verify_token", verify))
            self.client.send(Request("GET", "/webhooks/meta", query))
        phone = "6281" + fresh_number()[-8:]
        self.world.watch.secrets.add_phones(phone)

        def message(name, content):
            return {
                "contacts": [{"profile": {"name": f"+{phone}"}, "wa_id": phone}],
                "messages": [{"from": phone, "id": f"wamid.{fresh_key()}", "timestamp": str(int(time.time())), "type": name} | content],
            }

        values = [
            message("text", {"text": {"body": f"Call me: +{phone}"}}),
            message("text", {}),
            message("location", {"location": phone}),
            message("image", {"image": {"id": phone, "mime_type": phone, "sha256": "x"}}),
            message("contacts", {"contacts": [{"name": {"formatted_name": phone}, "phones": [{"phone": f"+{phone}", "wa_id": phone}]}]}),
            message(phone, {phone: phone}),
            {"statuses": [{"id": f"wamid.{phone}", "status": "failed", "recipient_id": phone, "timestamp": "x", "errors": [{"code": 131026, "title": phone}]}]},
            {"statuses": phone},
        ]
        for value in values:
            body = webhook(self.b.number, value)
            for secret in (channel["appSecret"], "x" * 32):
                self.client.send(Request("POST", "/webhooks/meta", (), (("X-Hub-Signature-256", sign(body, secret)),), body))
        unknown = webhook(fresh_number(), values[0])
        self.client.send(Request("POST", "/webhooks/meta", (), (("X-Hub-Signature-256", sign(unknown, channel["appSecret"])),), unknown))
        # A bot that runs elsewhere tells the same, well signed and not, well formed and not.
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        other = "6281" + fresh_number()[-8:]
        self.world.watch.secrets.add_phones(other)
        for data in ({"messageId": other, "contact": {"phone": f"+{other}"}, "type": "text", "text": {"body": other}}, {"contact": other, other: other}):
            body = json.dumps({"id": fresh_key(), "type": "message_received", "timestamp": now, "data": data}).encode()
            for secret in (self.b.outside_secret, "x" * 32):
                self.client.send(Request("POST", "/webhooks/bot", (("channel", self.b.outside),), bot_headers(body, secret), body))
        # The conversation that came of it is answered in vain.
        self.b.simulate("PATCH", f"/customers/{phone}", {"reachable": False})
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            listed = self.as_owner("GET", "/api/v1/conversations").json["data"]
            mine = [each["id"] for each in listed if (each["contact"] or {}).get("phone") == f"+{phone}"]
            if mine:
                break
            time.sleep(0.2)
        body = {"type": "text", "text": {"body": f"{phone} {WRONG_PASSWORD}"}}
        sent = self.as_owner("POST", f"/api/v1/conversations/{mine[0]}/messages", body, ("Idempotency-Key", phone))
        assert sent.status == 201, sent.body[:300]


def test_no_secret_and_no_number_was_written(used):
    secrets, written, audits = used
    search = Search(secrets.forms())
    found = [f"{place}: {finding}" for place, text in written.items() for finding in search.find(text)]
    assert found == [], "\n".join(found[:20])
    # Whose customers they are is in the database: an entry names things by their ids.
    found = [f"the audit log: {finding}" for finding in search.find(audits)]
    assert found == [], "\n".join(found[:20])


def test_nothing_in_the_form_of_a_secret_was_written(used):
    """Also of what these tests never saw."""
    _, written, audits = used
    found = {place: sorted(shaped(text))[:5] for place, text in {**written, "the audit log": audits}.items() if shaped(text)}
    assert found == {}


def test_no_problem_and_no_reading_of_the_whole_run_told_a_secret(world, used):
    watch = world.watch
    assert watch.findings == [], "\n".join(watch.findings[:20])
    assert watch.problems > 1000 and watch.reads > 100


def test_what_was_searched_is_what_was_written(used):
    """The places have in them what happened, and the secrets are many and of every kind."""
    secrets, written, audits = used
    serve, work = written["the log of maitre serve"], written["the log of maitre work"]
    lines = [json.loads(line) for line in serve.splitlines()]
    assert {line["level"] for line in lines} >= {"debug", "info"} and len(lines) > 500
    assert sum(1 for line in lines if line.get("route") == "/api/v1/auth/login") > 5
    assert sum(1 for line in lines if line.get("code") == "invalid_credential") > 5
    assert "An e-mail was not sent" in work
    assert "link=…" in written["the log of maitre dev"] and "Maitre is running." in written["what maitre dev prints"]
    assert "listening on" in written["the log of PostgreSQL"]
    assert "http_server_request_duration_seconds" in written["metrics of maitre serve"]
    assert "maitre_jobs_total" in written["metrics of maitre work"]
    assert '"status":"ok"' in written["health"] and '"keys"' in written["health"]
    assert '"login.succeeded"' in audits and '"access.refused"' in audits or '"outcome":"refused"' in audits
    kinds = {value.split("_")[1] for value in secrets.values if value.startswith("mtr_") and value.count("_") == 2}
    assert kinds >= {"pat", "live", "admin", "ref", "dev", "inv", "rst"}
    assert sum(1 for value in secrets.values if value.startswith("eyJ")) > 10
    assert len(secrets.phones) > 10 and len(secrets.values) > 100


PLANTED = ["mtr_pat_" + "aB3" * 12, "a pass/word & more+", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0x.c2lnbmF0dXJlIG9mIHNvbWVib2R5"]


@pytest.mark.parametrize("value", PLANTED)
@pytest.mark.parametrize(
    "write",
    [
        lambda value: value,
        lambda value: f'{{"message":"x","token":"{value}"}}',
        lambda value: quote(value),
        lambda value: f"GET /x?token={quote(value, safe='')} HTTP/1.1",
        lambda value: value.upper(),
        lambda value: value.encode().hex(),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.b64encode(f"x{value}".encode()).decode(),
        lambda value: base64.b64encode(f"maitre:{value}:and more".encode()).decode(),
        lambda value: base64.urlsafe_b64encode(f"xy{value}".encode()).decode().rstrip("="),
        lambda value: "noise " * 1000 + value + " noise" * 1000,
    ],
)
def test_what_is_planted_is_found(value, write):
    secrets = Secrets()
    secrets.add(*PLANTED)
    found = Search(secrets.forms()).find("a line\n" + write(value) + "\nanother line")
    assert any(repr(value) in finding for finding in found), found


def test_numbers_are_found_and_masked_ones_are_not():
    secrets = Secrets()
    secrets.add_phones("+62 811-2345-6789", "966500000001")
    search = Search(secrets.forms())
    assert len(search.find("from 6281123456789 and +966500000001, again 966500000001")) == 3
    assert search.find("+62•••89 [phone]…01 628112345678") == []


def test_an_answer_that_tells_a_secret_is_a_finding():
    from client import Answer
    from secrecy import Watch

    watch = Watch()
    watch(Request("GET", "/api/v1/me"), Answer(200, (), b'{"name":"x"}'))
    watch(Request("POST", "/api/v1/api-keys"), Answer(201, (), b'{"token":"' + PLANTED[0].encode() + b'"}'))
    assert watch.findings == [] and PLANTED[0] in watch.secrets.values
    for answer in (
        Answer(200, (), b'{"token":"' + PLANTED[0].encode() + b'"}'),
        Answer(200, (("x-token", PLANTED[2]),), b"{}"),
        Answer(200, (), b'{"data":[{"appSecret":"anything"}]}'),
        Answer(422, (), b'{"detail":"' + PLANTED[0].encode() + b' is wrong"}'),
    ):
        watch.findings.clear()
        watch(Request("GET", "/api/v1/me"), answer)
        assert len(watch.findings) == 1
