"""I1: sqlmap on every parameter, body and credential that openapi.yaml has."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import yaml

from harness.processes import Child, Failure, free_port

from .installation import ROOT
from .report import Section, table

# What the reduced form asks: the operations with text that reaches SQL, and the credentials.
SHORT = {"listConversations", "listMessages", "createBot", "sendMessage", "listMerchants", "logIn", "getUsage", "credential", "restaurant"}
# What these do to the restaurant of the run would leave nothing for the others to ask: they are asked of nobody's.
ENDING = {"suspendMerchant", "closeMerchant"}
PATH_VALUES = {
    "botId": "MAITRE_BOT", "channelId": "MAITRE_CHANNEL", "conversationId": "MAITRE_CONVERSATION", "messageId": "MAITRE_MESSAGE",
    "merchantId": "MAITRE_RESTAURANT", "restaurantId": "MAITRE_RESTAURANT",
}  # fmt: skip
# An id of nothing, for parameters that the demo has no example of.
NOBODY = "01938f5e-0000-7000-8000-000000000001"
QUERY_VALUES = {
    "mode": "agent", "unread": "true", "channel": "MAITRE_CHANNEL", "assignee": "MAITRE_BOT", "q": "Sara", "limit": "2", "offset": "0", "since": "1",
    "cursor": "AWkg", "hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "MAITRE_VERIFY_TOKEN",
}  # fmt: skip


# A key that was used is answered 422 with another body, and nothing would be tested: each request gets its own.
FRESH_KEYS = """
import uuid

def preprocess(req):
    if req.headers.get("Idempotency-key") == "fresh":
        req.add_header("Idempotency-Key", str(uuid.uuid4()))
"""
# Debian's sqlmap asks Python for a function that newer ones have no more.
SHIM = """
import inspect

if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec
"""


class Target:
    """One run of sqlmap: `*` marks what is injected where it is neither the query nor the body."""

    def __init__(self, name, method, address, headers, body=None):
        self.name, self.method, self.address, self.headers, self.body = name, method, address, headers, body

    def arguments(self, base, directory, short, dbms="PostgreSQL"):
        arguments = [
            "sqlmap", "--batch", "--flush-session", "--output-dir", directory, "--disable-coloring", "--dbms", dbms, "--method", self.method,
            "--level", "1" if short else "3", "--risk", "1" if short else "2", "--technique", "BEUST", "--threads", "2", "--timeout", "15",
            "--retries", "1", "--ignore-code", "400,401,402,403,404,409,422", "--preprocess", os.path.join(directory, "fresh_keys.py"), "-u", base + self.address,
        ]  # fmt: skip
        # Sessions are for requests that say where they come from.
        for name, value in {**self.headers, "Origin": base}.items():
            arguments += ["-H", f"{name}: {value}"]
        if self.body is not None:
            arguments += ["--data", self.body]
        return arguments


class Outcome:
    def __init__(self, output):
        self.output = output
        self.found = re.findall(r"^Parameter: (.+)$", output, re.M)
        errors = re.search(r"HTTP error codes detected during run:\n(.+?)(?:\n\[|\Z)", output, re.S)
        self.codes = {int(code): int(times) for code, times in re.findall(r"(\d{3}) \([^)]*\) - (\d+) times", errors.group(1) if errors else "")}
        self.unreached = "unable to connect" in output or "all tested parameters do not appear" not in output and not self.found


def targets(installation):
    with open(os.path.join(ROOT, "openapi.yaml"), encoding="utf-8") as file:
        specification = yaml.safe_load(file)
    names = installation.names
    person = {"Authorization": f"Bearer {names['MAITRE_TOKEN']}", "X-Restaurant-Id": names["MAITRE_RESTAURANT"]}
    platform = {"X-API-Key": names["MAITRE_PLATFORM_KEY"]}
    # A base that answers 200, so that a difference can be seen at all.
    for path, item in specification["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                yield from of_operation(specification, path, method, item, item[method], names, person, platform)
    yield Target("restaurant", "GET", "/api/v1/bots", {**person, "X-Restaurant-Id": names["MAITRE_RESTAURANT"] + "*"})
    yield Target("credential", "GET", "/api/v1/bots", {**person, "Authorization": f"Bearer {names['MAITRE_TOKEN']}*"})
    yield Target("key", "GET", "/api/v1/merchants", {"X-API-Key": names["MAITRE_PLATFORM_KEY"] + "*"})


def resolve(root, node):
    while isinstance(node, dict) and "$ref" in node:
        target = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def of_operation(specification, path, method, item, operation, names, person, platform):
    parameters = [resolve(specification, p) for p in item.get("parameters", []) + operation.get("parameters", [])]
    headers = {} if not operation["security"] else dict(platform if operation["x-roles"] == ["platform"] else person)
    has_key = any(p["in"] == "header" and p["name"] == "Idempotency-Key" for p in parameters)
    if has_key:
        headers["Idempotency-Key"] = "fresh"
    value = lambda text: names.get(text, text)  # noqa: E731

    def addressed(marked=None):
        """The path with ids that there are, one of them marked."""
        known = {} if operation["operationId"] in ENDING else PATH_VALUES
        return re.sub(r"\{(\w+)\}", lambda match: value(known.get(match[1], NOBODY)) + ("*" if match[1] == marked else ""), path)

    address = addressed()
    query = [f"{p['name']}={value(QUERY_VALUES.get(p['name'], '1'))}" for p in parameters if p["in"] == "query" and p["name"] != "cursor"]
    body = example_of(specification, operation)
    if body is not None:
        headers["Content-Type"] = "application/json"
    if query or body is not None:
        yield Target(operation["operationId"], method.upper(), address + ("?" + "&".join(query) if query else ""), headers, body)
    if has_key:
        yield Target(operation["operationId"] + " key", method.upper(), address, {**headers, "Idempotency-Key": "sqlmap*"}, body)
    if any(p["in"] == "query" and p["name"] == "cursor" for p in parameters):
        yield Target(operation["operationId"] + " cursor", method.upper(), f"{address}?cursor={QUERY_VALUES['cursor']}", headers)
    for name in re.findall(r"\{(\w+)\}", path):
        yield Target(f"{operation['operationId']} {name}", method.upper(), addressed(name), headers, body)


def example_of(specification, operation):
    body = resolve(specification, operation.get("requestBody"))
    content = (body or {}).get("content", {}).get("application/json")
    if content is None:
        return None
    examples = [resolve(specification, example)["value"] for example in content.get("examples", {}).values()]
    return json.dumps(content.get("example", examples[0] if examples else {"object": "whatsapp_business_account"}))


def run(target, base, directory, short, dbms="PostgreSQL"):
    arguments = target.arguments(base, directory, short, dbms)
    environment = {**os.environ, "PYTHONPATH": directory}
    process = subprocess.run(arguments, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=3600, env=environment)
    return arguments, Outcome(process.stdout + process.stderr)


def control(directory):
    """sqlmap has to find the hole in a server that has one."""
    port = free_port()
    server = Child("the open server", [sys.executable, os.path.join(os.path.dirname(__file__), "open_server.py"), str(port)], os.path.join(directory, "open.err"))
    try:
        server.wait_ready(port, path="/readyz")
        arguments, outcome = run(Target("control", "GET", "/find?name=Sara", {}), f"http://127.0.0.1:{port}", directory, True, "SQLite")
    finally:
        server.stop()
    if not outcome.found:
        raise Failure("sqlmap did not find the hole in the open server:\n" + outcome.output[-1500:])
    return outcome.found


def attack(installation, short):
    version = subprocess.run(["sqlmap", "--version"], capture_output=True, text=True).stdout.split()[0]
    with tempfile.TemporaryDirectory(prefix="maitre-sqlmap-") as directory:
        for name, text in (("fresh_keys.py", FRESH_KEYS), ("sitecustomize.py", SHIM), ("__init__.py", "")):
            with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                file.write(text)
        holes = control(directory)
        rows, findings, example = [], [], None
        for target in targets(installation):
            if short and target.name.split(" ")[0] not in SHORT:
                continue
            before = len(installation.errors())
            arguments, outcome = run(target, installation.base, directory, short)
            example = example or command(arguments, installation)
            installation.child.check()
            own = [f"{code} × {times}" for code, times in outcome.codes.items() if code >= 500]
            logged = len(installation.errors()) - before
            if outcome.found:
                findings.append(f"sqlmap: {target.name}: {', '.join(outcome.found)}")
            if own or logged:
                findings.append(f"sqlmap: {target.name}: the program failed {' '.join(own)} {logged} errors in its log")
            # A login that lets itself be asked a thousand times would be the finding.
            throttled = 429 in outcome.codes and not target.address.startswith("/api/v1/auth/")
            if throttled or (outcome.unreached and 429 not in outcome.codes):
                findings.append(f"sqlmap: {target.name}: was not tested to the end: {outcome.codes}")
            refused = ", ".join(f"{code} × {times}" for code, times in sorted(outcome.codes.items())) or "–"
            rows.append([f"`{target.name}`", f"`{target.method} {masked(target.address, installation)}`", "found" if outcome.found else "nothing", refused])
            print(f"sqlmap: {target.name}: {'FOUND' if outcome.found else 'nothing'} {refused}", file=sys.stderr)
    text = (
        f"sqlmap {version}, PostgreSQL, level {1 if short else 3}, risk {1 if short else 2}, boolean, error, union, stacked and time-based. "
        f"On the open server it found the hole in {', '.join(holes)}.\n\n"
        f"```sh\n{example}\n```\n\n" + table(["target", "request", "injection", "answers other than 2xx"], rows)
        + f"\n\nErrors in the program's log: {len(installation.errors())}. Result: {'**see above**' if findings else 'nothing was found'}."
    )
    return Section("sqlmap", text, findings)


def masked(text, installation):
    text = text.replace(installation.base, "$BASE")
    for name, value in installation.names.items():
        text = text.replace(value, "$" + name.removeprefix("MAITRE_"))
    return text


def command(arguments, installation):
    shown = []
    parts = iter(arguments)
    for part in parts:
        if part in ("--output-dir", "--preprocess"):
            next(parts)
        else:
            shown.append(shlex.quote(masked(part, installation)).replace("'", '"'))
    return " ".join(shown)
