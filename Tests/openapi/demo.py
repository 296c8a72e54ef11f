"""Makes a conversation in a fresh `maitre dev` and prints, for a shell, what schemathesis.toml asks for.

    demo.py .maitre/demo.json    prints lines of `export NAME=value`

The simulated customer writes "hello"; the conversation is there once the bot has answered.
"""

import json
import shlex
import sys
import time
import urllib.error
import urllib.request

CUSTOMER = "447700900123"


def main(path):
    with open(path, encoding="utf-8") as file:
        demo = json.load(file)
    base = demo["baseUrl"]
    merchant = next(m for m in demo["merchants"] if m["locale"] == "en")
    channel = merchant["channels"][0]

    def ask(path, body=None, key=None):
        headers = {"Authorization": f"Bearer {merchant['pat']}", "X-Restaurant-Id": merchant["restaurantId"]}
        if key:
            headers = {"X-API-Key": key}
        data = None
        if body is not None:
            data, headers = json.dumps(body).encode(), headers | {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(base + path, data, headers), timeout=15) as answer:
            return json.load(answer)

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
    spare = {"name": "Spare", "timeZone": "Asia/Riyadh", "locale": "ar", "currency": "SAR"}
    values = {
        "MAITRE_URL": base,
        "MAITRE_PLATFORM_KEY": demo["platformKey"],
        "MAITRE_TOKEN": merchant["pat"],
        "MAITRE_RESTAURANT": merchant["restaurantId"],
        # To be suspended and closed.
        "MAITRE_SPARE": ask("/api/v1/merchants", spare, key=demo["platformKey"])["id"],
        "MAITRE_KEY": ask("/api/v1/api-keys", {"name": "spare", "scopes": ["bots:read"]})["id"],
        "MAITRE_BOT": merchant["botId"],
        "MAITRE_CHANNEL": ask(f"/api/v1/bots/{merchant['botId']}/channels")["data"][0]["id"],
        "MAITRE_CONVERSATION": conversations[0]["id"],
        "MAITRE_MESSAGE": messages[-1]["id"],
        # Another restaurant's: the tests change that of this one.
        "MAITRE_VERIFY_TOKEN": next(m for m in demo["merchants"] if m is not merchant)["channels"][0]["verifyToken"],
    }
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main(sys.argv[1])
