"""A Python client that openapi-python-client generates from openapi.yaml, and a running `maitre dev` (DEV_DEMO names its demo.json)."""

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

import pytest
import yaml

PACKAGE = "maitre_generated"


class Generated:
    """The generated package; operations by method and path, as a reader of openapi.yaml knows them."""

    def __init__(self, specification, base):
        self.base = base
        self.package = importlib.import_module(PACKAGE)
        self.models = importlib.import_module(f"{PACKAGE}.models")
        self._operations = {}
        for path, item in specification["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    tag, name = snake(operation["tags"][0]), snake(operation["operationId"])
                    self._operations[f"{method.upper()} {path}"] = f"{PACKAGE}.api.{tag}.{name}"

    @property
    def modules(self):
        return list(self._operations.values())

    def client(self, token, header="Authorization", prefix="Bearer", **headers):
        return self.package.AuthenticatedClient(
            base_url=self.base, token=token, prefix=prefix, auth_header_name=header, headers=headers, raise_on_unexpected_status=True
        )

    def anonymous(self, **headers):
        return self.package.Client(base_url=self.base, headers=headers, raise_on_unexpected_status=True)

    def ask(self, operation, client, body=None, **parameters):
        """The detailed answer: status, headers, and the body as one of the models."""
        module = importlib.import_module(self._operations[operation])
        if isinstance(body, dict):
            body = inspect.signature(module._get_kwargs).parameters["body"].annotation.from_dict(body)
        if body is not None:
            parameters["body"] = body
        return module.sync_detailed(client=client, **parameters)


def snake(name):
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


@pytest.fixture(scope="session")
def specification():
    with open("openapi.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)


@pytest.fixture(scope="session")
def demo():
    with open(os.environ["DEV_DEMO"], encoding="utf-8") as file:
        return json.load(file)


@pytest.fixture(scope="session")
def restaurant(demo):
    return next(merchant for merchant in demo["merchants"] if merchant["locale"] == "en")


@pytest.fixture(scope="session")
def generated(specification, demo, tmp_path_factory):
    """Made anew from the file of today; a warning of the generator means that it left something out."""
    directory = tmp_path_factory.mktemp("generated")
    config = directory / "config.yaml"
    config.write_text(f"project_name_override: maitre-generated\npackage_name_override: {PACKAGE}\npost_hooks: []\n")
    program = os.path.join(os.path.dirname(sys.executable), "openapi-python-client")
    command = [program, "generate", "--path", "openapi.yaml", "--config", str(config), "--output-path", str(directory / "out"), "--fail-on-warning"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    sys.path.insert(0, str(directory / "out"))
    return Generated(specification, demo["baseUrl"])


@pytest.fixture(scope="session")
def person(generated, restaurant):
    """A client with the owner's token."""
    return generated.client(restaurant["pat"], **{"X-Restaurant-Id": restaurant["restaurantId"]})


@pytest.fixture(scope="session")
def platform(generated, demo):
    return generated.client(demo["platformKey"], header="X-API-Key", prefix="")


@pytest.fixture(scope="session")
def conversation(generated, demo, restaurant, person):
    """A conversation in which a customer has written and the bot has answered."""
    number = f"4478{int(time.time()) % 100_000_000:08d}"
    message = {"phoneNumberId": restaurant["channels"][0]["phoneNumberId"], "name": "Sara", "message": {"type": "text", "text": {"body": "hello"}}}
    request = urllib.request.Request(
        f"{demo['baseUrl']}/simulator/customers/{number}/messages", json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=15).close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = generated.ask("GET /api/v1/conversations", person, q=number).parsed.data
        if found and found[0].last_sequence >= 2:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("the bot did not answer")
