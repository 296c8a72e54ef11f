"""People who log in: with a password as a browser does, and no more often than their access tokens end."""

import time

from client import Request

# The one of the examples in openapi.yaml, so that these are good for whoever has it.
EXAMPLE_PASSWORD = "four words of my own"
# Access tokens are good for ten minutes.
FRESH = 480


class Person:
    def __init__(self, client, email, password, person=None):
        self.client, self.email, self.password, self.id = client, email, password, person
        self.access = self.refresh = self.device = self.session = None
        self.since = 0

    def post(self, path, body=None, headers=()):
        return self.client.send(Request("POST", path, (), tuple(headers), body))

    def log_in(self):
        """A new session, which this person uses from now on; itself."""
        self._take(self.post("/api/v1/auth/login", {"email": self.email, "password": self.password}))
        return self

    def log_out(self):
        answer = self.post("/api/v1/auth/logout", None, (cookie(self.refresh), origin(self.client)))
        assert answer.status == 204, answer.body[:300]

    @property
    def credential(self):
        """An access token that will not end in the next minute."""
        if time.monotonic() - self.since > FRESH:
            self._take(self.post("/api/v1/auth/refresh", None, (cookie(self.refresh), origin(self.client))))
        return self.access

    def _take(self, answer):
        assert answer.status == 200, f"{self.email}: {answer.status} {answer.body[:300]}"
        self.access, self.session, self.id = answer.json["accessToken"], answer.json["sessionId"], answer.json["person"]["id"]
        for name, value in answer.headers:
            if name == "set-cookie":
                name, _, value = value.partition(";")[0].partition("=")
                if name == "__Host-maitre_refresh":
                    self.refresh = value
                else:
                    self.device = value
        self.since = time.monotonic()


def cookie(token, name="__Host-maitre_refresh"):
    return ("Cookie", f"{name}={token}")


def origin(client):
    return ("Origin", f"http://{client.host}:{client.port}")
