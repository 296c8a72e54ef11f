"""What Maitre sends to a restaurant's own server: a stranger's library (standardwebhooks, from PyPI) and the code of docs/guides/webhooks.md verify it."""

import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "webhooks.md").read_text(encoding="utf-8")


class Receiver(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.hooks = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def wait(self, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not (found := [hook for hook in self.hooks if condition(hook)]):
            assert time.monotonic() < deadline, "nothing came"
            time.sleep(0.05)
        return found[0]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.hooks.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def receiver():
    server = Receiver()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def ask(demo, restaurant):
    def ask(method, path, body=None):
        headers = {"Authorization": f"Bearer {restaurant['pat']}", "X-Restaurant-Id": restaurant["restaurantId"], "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{demo['baseUrl']}/api/v1{path}", data, headers, method=method), timeout=15) as answer:
            return json.load(answer) if answer.status != 204 else None

    return ask


@pytest.fixture(scope="module")
def endpoint(ask, receiver):
    made = ask("POST", "/webhook-endpoints", {"url": receiver.url})
    yield made
    ask("DELETE", f"/webhook-endpoints/{made['id']}")


@pytest.fixture(scope="module")
def hook(endpoint, receiver, conversation):
    """What a customer's message is told by."""
    del conversation  # it was greeted, perhaps before there was the endpoint
    return receiver.wait(lambda hook: True)


@pytest.fixture(scope="module", autouse=True)
def something_happens(demo, restaurant, endpoint):
    message = {"phoneNumberId": restaurant["channels"][0]["phoneNumberId"], "name": "Omar", "message": {"type": "text", "text": {"body": "مرحبا 👋"}}}
    request = urllib.request.Request(
        f"{demo['baseUrl']}/simulator/customers/9665{int(time.time()) % 100_000_000:08d}/messages",
        json.dumps(message).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=15).close()


def test_the_library_verifies_it(endpoint, receiver):
    headers, body = receiver.wait(lambda hook: json.loads(hook[1])["type"] == "message_received")
    message = Webhook(endpoint["secret"]).verify(body, headers)
    assert set(message) == {"type", "timestamp", "data"}
    assert message["data"]["message"]["text"]["body"] == "مرحبا 👋"
    assert "." not in headers["webhook-id"]
    assert re.fullmatch(r"[a-zA-Z0-9_.]+", message["type"])


def test_the_library_refuses_everything_else(endpoint, hook):
    headers, body = hook
    webhook = Webhook(endpoint["secret"])
    wrong = [
        (body.replace(b"{", b"{ ", 1), headers),
        (body, headers | {"webhook-id": headers["webhook-id"][:-1] + "0x"}),
        (body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        (body, headers | {"webhook-signature": headers["webhook-signature"][:-3] + "AA="}),
    ]
    for changed, fields in wrong:
        with pytest.raises(WebhookVerificationError):
            webhook.verify(changed, fields)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").verify(body, headers)


def test_both_secrets_verify_while_one_is_replaced(ask, endpoint, receiver):
    rolled = ask("POST", f"/webhook-endpoints/{endpoint['id']}/roll-secret", {"overlapSeconds": 3600})
    test = ask("POST", f"/webhook-endpoints/{endpoint['id']}/test", {"type": "message_received"})
    headers, body = receiver.wait(lambda hook: hook[0]["webhook-id"] == test["eventId"])
    assert Webhook(rolled["secret"]).verify(body, headers) == Webhook(endpoint["secret"]).verify(body, headers)


def test_the_python_of_the_guide(endpoint, hook):
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.S)
    names = {}
    exec(code, names)
    headers, body = hook
    assert names["is_ours"](headers, body, endpoint["secret"])
    assert not names["is_ours"](headers, body + b" ", endpoint["secret"])
    assert not names["is_ours"](headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 600)}, body, endpoint["secret"])
    assert not names["is_ours"](headers, body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_the_typescript_of_the_guide(endpoint, hook, tmp_path):
    (code,) = re.findall(r"```ts\n(.*?)```", GUIDE, re.S)
    # Without Node's types, which Debian does not have: only the annotations go.
    script = re.sub(r"\): boolean|: Record<string, string>|: string\b", lambda found: ")" if found[0].startswith(")") else "", code)
    (tmp_path / "guide.mjs").write_text(script, encoding="utf-8")
    headers, body = hook
    cases = [(headers, body.decode(), endpoint["secret"]), (headers, body.decode() + " ", endpoint["secret"]), (headers, body.decode(), "whsec_AAAA")]
    (tmp_path / "run.mjs").write_text(
        f'import {{ isOurs }} from "./guide.mjs";\nconsole.log(JSON.stringify({json.dumps(cases)}.map((c) => isOurs(...c))));\n', encoding="utf-8"
    )
    run = subprocess.run(["node", str(tmp_path / "run.mjs")], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [True, False, False]


def test_an_address_inside_is_refused(ask):
    for url in ("https://10.0.0.1/hook", "https://metadata.google.internal/", "http://example.com/"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask("POST", "/webhook-endpoints", {"url": url})
        assert refused.value.code == 422
        assert json.load(refused.value)["errors"][0]["code"] == "url_not_allowed"
