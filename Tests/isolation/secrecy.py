"""Secrets and telephone numbers of a run, in every form in which they could have been written down; and the search for them."""

import base64
import json
import re
from urllib.parse import quote, unquote

# Everything that has the form of one of our tokens, of an access token, or of a recovery code.
SHAPES = {
    "token": re.compile(r"mtr_[a-z]+_[0-9A-Za-z]{36}(?![0-9A-Za-z])"),
    "access token": re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}"),
    "recovery code": re.compile(r"(?<![2-9A-HJ-NP-Z-])[2-9A-HJ-NP-Z]{4}(?:-[2-9A-HJ-NP-Z]{4}){3}(?![2-9A-HJ-NP-Z-])"),
}
# Members whose values are secrets, whatever they look like.
MEMBERS = {"password", "currentPassword", "newPassword", "appSecret", "accessToken", "verifyToken", "secret"}


def in_json(document):
    """The values of secret members, anywhere in a document."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name in MEMBERS and isinstance(value, str):
                yield value
            else:
                yield from in_json(value)
    elif isinstance(document, list):
        for value in document:
            yield from in_json(value)


def shaped(text):
    return {value for shape in SHAPES.values() for value in shape.findall(text)}


class Secrets:
    """What a run has used, to be looked for in what the program wrote."""

    def __init__(self):
        self.values, self.phones = set(), set()

    def add(self, *values):
        # Shorter ones are also words and numbers of everybody's.
        self.values |= {value for value in values if value and len(value) >= 12}

    def add_phones(self, *numbers):
        digits = (re.sub(r"\D", "", number) for number in numbers if number)
        self.phones |= {number for number in digits if len(number) >= 10}

    def exchange(self, request, answer):
        """What a request carried and what its answer gave."""
        sent = [value for _, value in request.headers] + [(request.data or b"").decode(errors="replace"), unquote(request.target)]
        for text in (*sent, answer.text):
            self.add(*shaped(text))
        try:
            self.add(*in_json(json.loads(request.data or b"null")))
        except ValueError:
            pass
        self.add(*in_json(answer.json))

    def forms(self):
        """Each secret and number with the forms in which it is one: as it is, in an address, in JSON, in base64 wherever it begins, in hexadecimal."""
        forms = {}
        for value in self.values:
            data = value.encode()
            for form in {value, quote(value, safe=""), quote(value), quote(value).replace("%20", "+"), json.dumps(value)[1:-1], data.hex()}:
                forms[form] = value
            for ahead in range(3):
                # What lies in groups of its own whatever stands around it.
                whole = base64.b64encode(b"\0" * ahead + data)[4 if ahead else 0 : (len(data) + ahead) // 3 * 4].decode()
                for form in (whole, whole.replace("+", "-").replace("/", "_")):
                    forms[form] = value
        for number in self.phones:
            forms[number] = number
        return forms


class Search:
    """Looks for many texts at once: by their first eight characters, then each by itself."""

    LENGTH = 8

    def __init__(self, forms):
        self.by_start = {}
        for form, value in forms.items():
            self.by_start.setdefault(form[: self.LENGTH].lower(), []).append((form.lower(), value))
        starts = sorted({re.escape(start) for start in self.by_start if len(start) == self.LENGTH})
        self.pattern = re.compile("(?=(" + "|".join(starts) + "))") if starts else None

    def find(self, text):
        """What stands there, with the line that it stands in. Capitals make no difference."""
        found, lowered = [], text.lower()
        if self.pattern is None:
            return found
        for match in self.pattern.finditer(lowered):
            for form, value in self.by_start[match[1]]:
                if lowered.startswith(form, match.start()):
                    line = text[text.rfind("\n", 0, match.start()) + 1 :].split("\n", 1)[0]
                    found.append(f"{value!r} as {form!r} in {line[:600]!r}")
        return found


class Watch:
    """Sees every request and answer of a run: collects the secrets, and keeps what an answer should not have said."""

    def __init__(self):
        self.secrets, self.findings, self.problems, self.reads = Secrets(), [], 0, 0

    def __call__(self, request, answer):
        # The simulator is no part of the program that is served: it has what a provider has.
        if request.path.startswith("/simulator"):
            return
        self.secrets.exchange(request, answer)
        if answer.status >= 400:
            self.problems += 1
        elif request.method in ("GET", "HEAD"):
            self.reads += 1
        else:
            # What was just made is shown, once.
            return
        # Who names a token as a thing or a member hears that there is no such thing or member.
        named = unquote(request.path) + " ".join(re.findall(r'"(\w+)"\s*:', (request.data or b"").decode(errors="replace")))
        spoken = {value for value in shaped(answer.text) if value not in named}
        if spoken:
            self.findings.append(f"{request}: {answer.status} says {spoken}: {answer.text[:600]}")
        kept = set(in_json(answer.json))
        if kept:
            self.findings.append(f"{request}: {answer.status} has a member for {kept}")
