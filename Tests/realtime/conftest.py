"""A running `maitre dev` (DEV_DEMO names its demo.json), reached over HTTP and by WebSocket clients that others wrote."""

import json
import os
import urllib.request

import pytest
from websockets.sync.client import connect


class Restaurant:
    def __init__(self, base, merchant):
        self.base = base
        self.id, self.token = merchant["restaurantId"], merchant["pat"]
        self.number = merchant["channels"][0]["phoneNumberId"]

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.token}", "X-Restaurant-Id": self.id}

    @property
    def address(self):
        """Host and port."""
        host, port = self.base.removeprefix("http://").split(":")
        return host, int(port)

    def ask(self, method, path, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {**self.headers, "Content-Type": "application/json", **headers}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def ticket(self):
        return self.ask("POST", "/api/v1/realtime/tickets")["ticket"]

    def live(self, query="", path="/api/v1/realtime", **options):
        """A socket of the `websockets` package, with its defaults: it offers compression and answers pings by itself."""
        return connect(self.base.replace("http", "ws", 1) + path + query, additional_headers=self.headers, **options)

    def customer_says(self, text, customer="966500000901"):
        path = f"/simulator/customers/{customer}/messages"
        return self.ask("POST", path, {"phoneNumberId": self.number, "message": {"type": "text", "text": {"body": text}}})


@pytest.fixture(scope="session")
def demo():
    with open(os.environ["DEV_DEMO"], encoding="utf-8") as file:
        return json.load(file)


@pytest.fixture(scope="session")
def restaurant(demo):
    return Restaurant(demo["baseUrl"], demo["merchants"][0])


@pytest.fixture(scope="session")
def other(demo):
    return Restaurant(demo["baseUrl"], demo["merchants"][1])


def read(socket, condition=lambda message: True, timeout=15):
    """The next message that `condition` holds for."""
    while True:
        message = json.loads(socket.recv(timeout=timeout))
        if condition(message):
            return message


def kind(name):
    return lambda message: message["type"] == name
