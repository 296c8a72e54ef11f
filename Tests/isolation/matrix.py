"""Operations × callers × the places where A's things can be named: what is wrong with each answer, and with the answer to its twin."""

import re

from client import Request
from recipes import UUID, fresh_key

TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")
# CONNECT is for proxies: servers treat it apart.
METHODS_ASKED = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "PROPFIND")
# A platform key that names no restaurant reads everything here: its right, and no refusal.
READ_BY_THE_PLATFORM = {"listAuditLog", "getUsage"}
NOWHERE = (400, "restaurant_required")


def is_own(operation, caller):
    """What is a person's own needs no restaurant."""
    return caller.refusal == NOWHERE and not operation.takes_restaurant


def known(operation, caller, a):
    """What somebody who works at A as well hears of it from an own account."""
    return frozenset({a.id, a.marker}) if caller.is_of_a and operation.id in ("getMe", "updateMe") else frozenset()


TOKEN = re.compile(r"mtr_[a-z]+_[0-9A-Za-z]{36}")
NUMBERS = re.compile(r'("sequence":|\b)\d+|"preview":"[^"]*"')


class Matrix:
    def __init__(self, client, recipes, fingerprints, brought, forget_attempts=lambda: None):
        self.client, self.recipes = client, recipes
        self.fingerprints = fingerprints
        # What B has brought in itself, such as a provider's id that it quoted: it may read it again.
        self.brought = brought
        # So that nothing is refused only because it was tried too often.
        self.forget_attempts = forget_attempts
        self.findings = []

    def run(self, operation, callers):
        """Asks everything about one operation; the number of requests."""
        before = self.client.count
        placements = list(self.recipes.placements(operation))
        for placement in placements:
            accepted = set()
            for number, caller in enumerate(callers):
                expected = self.expected(operation, caller, placement)
                if expected == "skip" or (placement.once and expected == placement.expected and (caller.kind, caller.role) in accepted):
                    continue
                if expected == placement.expected:
                    accepted.add((caller.kind, caller.role))
                # The tightest is three e-mails an hour for one address.
                if operation.public and operation.has_body or number % 4 == 0 and operation.is_personal:
                    self.forget_attempts()
                for path in operation.paths(placement.path):
                    self.ask(operation, caller, placement, path, expected)
        return self.client.count - before

    @staticmethod
    def expected(operation, caller, placement):
        if operation.public:
            return placement.expected
        if operation.is_platform:
            return "skip" if caller.platform_refusal is None else frozenset({caller.platform_refusal})
        if operation.id in READ_BY_THE_PLATFORM and caller.platform_refusal is None and not caller.acts:
            return "skip"
        if not caller.acts and not is_own(operation, caller):
            return frozenset({caller.refusal})
        return placement.expected if caller.may(operation) else frozenset({(403, "forbidden")})

    def request(self, operation, caller, placement, path):
        headers = caller.headers + placement.headers
        if "Idempotency-Key" in operation.named("header") and all(name != "Idempotency-Key" for name, _ in headers):
            headers += (("Idempotency-Key", fresh_key()),)
        return Request(operation.method, path, placement.query, headers, placement.body())

    def ask(self, operation, caller, placement, path, expected):
        request = self.request(operation, caller, placement, path)
        answer = self.client.send(request)

        def find(what):
            self.findings.append(
                f"{operation.id} by {caller.name}, {placement.label}: {what}\n    {request}\n    {answer.status} {answer.body[:400]}"
            )

        if expected is not None and (answer.status, answer.code) not in expected:
            find(f"expected {' or '.join(map(str, sorted(expected, key=str)))}")
        elif answer.status >= 500 or (answer.status < 400 and str(answer.status) not in operation.statuses):
            find("openapi.yaml does not have this status here")
        if placement.empty and answer.status == 200 and answer.json.get("data") != []:
            find("the list is not empty")
        if answer.status < 300:
            self.brought |= {value for value in placement.twins if value in (request.data or b"").decode(errors="replace")}
        self.scan(request, answer, find, known(operation, caller, self.recipes.a))
        if placement.twins:
            twins = placement.twins | self.restaurants(caller, placement)
            other = self.client.send(self.request(operation, caller, placement, path).exchanged(twins))
            if normal(answer, twins) != normal(other, twins):
                find(f"differs from the answer for something that does not exist:\n    {other.status} {other.headers} {other.body[:400]}")
        return answer

    def restaurants(self, caller, placement):
        """Who asks at A's door asks, the second time, at the door of no restaurant."""
        at_door = any(name == "X-Restaurant-Id" and self.recipes.a.id in value for name, value in caller.headers)
        if not at_door or self.recipes.a.id in placement.twins:
            return {}
        return {self.recipes.a.id: "01900000-0000-7000-8000-000000000000"}

    def scan(self, request, answer, find, known=frozenset()):
        text = answer.text
        for mark in self.fingerprints - self.brought - known:
            if mark in text and not request.mentions(mark):
                find(f"{mark!r} is A's")


def normal(answer, twins):
    """What must be the same for two requests that differ in the twins only."""
    text = {"status": str(answer.status), "headers": "", "body": answer.body.decode(errors="replace")}
    for name, value in answer.headers:
        # A date is another the next second; the rest tells those apart who can read it.
        if name == "set-cookie":
            # The attributes come in any order.
            value = "; ".join(sorted(value.split("; ")))
        if name != "date" and not (name == "content-length" and answer.status < 300):
            text["headers"] += f"{name}: {value}\n"
    for part in text:
        for number, (old, new) in enumerate(sorted(twins.items(), key=lambda pair: -len(pair[0]))):
            text[part] = text[part].replace(old, f"<{number}>").replace(new, f"<{number}>")
        if answer.status < 300:
            # What was made has an id, a time and a place of its own.
            text[part] = NUMBERS.sub("#", TIME.sub("<time>", UUID.sub("<id>", TOKEN.sub("<token>", text[part]))))
    return text
