"""Makes a conversation in a fresh `maitre dev` and prints, for a shell, what schemathesis.toml asks for.

    demo.py .maitre/demo.json    prints lines of `export NAME=value`

The simulated customer writes "hello"; the conversation is there once the bot has answered.
"""

import json
import re
import shlex
import sys
import time
import urllib.error
import urllib.request

CUSTOMER = "447700900123"
PASSWORD = "four words of my own"


def main(path):
    with open(path, encoding="utf-8") as file:
        demo = json.load(file)
    base = demo["baseUrl"]
    merchant = next(m for m in demo["merchants"] if m["locale"] == "en")
    other = next(m for m in demo["merchants"] if m is not merchant)
    channel = merchant["channels"][0]

    def ask(path, body=None, key=None, token=merchant["pat"]):
        headers = {"Authorization": f"Bearer {token}", "X-Restaurant-Id": merchant["restaurantId"]}
        if key:
            headers = {"X-API-Key": key}
        data = None
        if body is not None:
            data, headers = json.dumps(body).encode(), headers | {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(base + path, data, headers), timeout=15) as answer:
            return json.load(answer)

    def log_in(email=merchant["email"], password=merchant["password"]):
        """The body of the answer, and the refresh token of its cookie."""
        body = json.dumps({"email": email, "password": password}).encode()
        request = urllib.request.Request(f"{base}/api/v1/auth/login", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=15) as answer:
            cookies = answer.headers.get_all("Set-Cookie")
            return json.load(answer), next(re.match(r"__Host-maitre_refresh=([^;]+)", cookie)[1] for cookie in cookies if "_refresh=" in cookie)

    login, _ = log_in()
    session = login["accessToken"]

    def invite(email, path="/api/v1/team/invitations", **role):
        """An invitation, and the token of its link."""
        invitation = ask(path, {"email": email, **role}, token=session, key=None if role else demo["platformKey"])
        return invitation, invitation["link"].split("#token=")[1]

    def person(email):
        """The id of an agent of the restaurant."""
        _, token = invite(email, role="agent")
        return ask("/api/v1/invitations/accept", {"token": token, "name": "Spare", "password": PASSWORD})["personId"]

    def own(path, token, key=None):
        """The id of a credential."""
        return next(known["id"] for known in ask(path, key=key)["data"] if known["lastFour"] == token[-4:])

    ask(
        f"/simulator/customers/{CUSTOMER}/messages",
        {"phoneNumberId": channel["phoneNumberId"], "name": "Sara", "message": {"type": "text", "text": {"body": "hello"}}},
    )
    deadline = time.monotonic() + 60
    while True:
        conversations = ask("/api/v1/conversations")["data"]
        messages = ask(f"/api/v1/conversations/{conversations[0]['id']}/messages")["data"] if conversations else []
        if len(messages) >= 2:
            break
        if time.monotonic() > deadline:
            sys.exit(f"demo.py: the bot did not answer within a minute; there are {len(messages)} messages")
        time.sleep(0.2)
    # Where nobody listens.
    endpoint = ask("/api/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/hook", "eventTypes": ["message_sent"]})["id"]
    spare = {"name": "Spare", "timeZone": "Asia/Riyadh", "locale": "ar", "currency": "SAR"}
    values = {
        "MAITRE_URL": base,
        "MAITRE_PLATFORM_KEY": demo["platformKey"],
        "MAITRE_TOKEN": merchant["pat"],
        "MAITRE_RESTAURANT": merchant["restaurantId"],
        "MAITRE_OTHER_TOKEN": other["pat"],
        "MAITRE_OTHER_RESTAURANT": other["restaurantId"],
        # To be suspended and closed.
        "MAITRE_SPARE": ask("/api/v1/merchants", spare, key=demo["platformKey"])["id"],
        "MAITRE_KEY": ask("/api/v1/api-keys", {"name": "spare", "scopes": ["bots:read"]})["id"],
        "MAITRE_SPARE_TOKEN": ask("/api/v1/personal-access-tokens", {"name": "spare", "scopes": ["bots:read"]})["id"],
        "MAITRE_PLATFORM_SPARE": ask("/api/v1/platform-keys", {"name": "spare", "scopes": ["admin"]}, key=demo["platformKey"])["id"],
        # Whoever asks, and somebody else who may lose the role and be taken out.
        "MAITRE_SESSION": session,
        "MAITRE_PERSON": person("spare@example.com"),
        # Sessions that are there to go on, to be logged out and to be ended.
        "MAITRE_REFRESH": log_in()[1],
        "MAITRE_LOGOUT": log_in()[1],
        "MAITRE_SPARE_SESSION": log_in()[0]["sessionId"],
        # Somebody who may log in as often as it takes.
        "MAITRE_EMAIL": "guest@example.com",
        "MAITRE_PASSWORD": PASSWORD,
        "MAITRE_GUEST": person("guest@example.com"),
        # The owner's, to be asked again before something that matters.
        "MAITRE_OWNER_PASSWORD": merchant["password"],
        "MAITRE_LINK": invite("reader@example.com", role="agent")[1],
        "MAITRE_LINK_TO_USE": invite("newcomer@example.com", role="agent")[1],
        "MAITRE_INVITATION": invite("spare2@example.com", role="agent")[0]["id"],
        "MAITRE_PLATFORM_INVITATION": invite("spare3@example.com", "/api/v1/platform-admins/invitations")[0]["id"],
        "MAITRE_BOT": merchant["botId"],
        "MAITRE_WEBHOOK_ENDPOINT": endpoint,
        "MAITRE_WEBHOOK_DELIVERY": ask(f"/api/v1/webhook-endpoints/{endpoint}/test", {})["id"],
        "MAITRE_CHANNEL": ask(f"/api/v1/bots/{merchant['botId']}/channels")["data"][0]["id"],
        "MAITRE_CONVERSATION": conversations[0]["id"],
        "MAITRE_MESSAGE": messages[-1]["id"],
        # Another restaurant's: the tests change that of this one.
        "MAITRE_VERIFY_TOKEN": other["channels"][0]["verifyToken"],
    }
    # What the run asks with. Whoever took these away would have nothing but refusals to look at.
    values["MAITRE_GUARDED"] = " ".join(
        [
            merchant["restaurantId"],
            login["person"]["id"],
            login["sessionId"],
            endpoint,
            own("/api/v1/personal-access-tokens", merchant["pat"]),
            own("/api/v1/platform-keys", demo["platformKey"], key=demo["platformKey"]),
        ]
    )
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main(sys.argv[1])
