"""The loaded databases: 1000 merchants with what they said, and ten times as much."""

import os
import random
import time

from . import tokens
from .installation import Installation
from .tools import FOLDER

CONVERSATIONS = 20
MESSAGES = 50
META_APP = "01900000-0000-7000-8000-000080000001"


def directory(server, database, merchants, app):
    server.sql_file(database, os.path.join(FOLDER, "data", "directory.sql"), merchants=merchants, app=app)


def messages_database(server, name, merchants, log_level, readers, say):
    """A database with MESSAGES × CONVERSATIONS × merchants messages, and the file that the load generator reads; kept data is used again."""
    installation = Installation(server, name, log_level)
    kind = f"{merchants} merchants, {CONVERSATIONS} conversations each, {MESSAGES} messages each"
    known = installation.is_current() and server.sql(name, "select obj_description('app.messages'::regclass)") == kind
    if not known:
        say(f"loading {name}: {kind}")
        start = time.monotonic()
        installation.create()
        # A row that channels refer to; nothing is signed with it here.
        server.sql(name, f"insert into platform.meta_apps (id, app_id, secret_sealed) values ('{META_APP}', '1', '\\x00')")
        directory(server, name, merchants, META_APP)
        server.sql_file(name, os.path.join(FOLDER, "data", "conversations.sql"), merchants=merchants, conversations=CONVERSATIONS, messages=MESSAGES)
        server.sql(name, f"comment on table app.messages is '{kind}'")
        say(f"loaded in {time.monotonic() - start:.0f} s")
    chosen = tokens.readers(merchants, readers)
    tokens.insert(server, name, chosen)
    server.sql(name, "analyze platform.credentials")
    installation.merchants = merchants
    installation.readers = chosen
    installation.size = server.sql(name, f"select pg_size_pretty(pg_database_size('{name}'))")
    return installation


def requests_file(installation, suffix):
    """Every conversation of every reader, in random order: path, token, restaurant."""
    lines = [
        f"/api/v1/conversations/{tokens.uuid(2, conversation * 10000 + number)}{suffix}\t{token}\t{tokens.uuid(1, number)}\n"
        for number, token in installation.readers for conversation in range(CONVERSATIONS)
    ]
    random.Random(2).shuffle(lines)
    path = os.path.join(installation.server.private, f"requests-{installation.database}.txt")
    with open(path, "w") as file:
        file.writelines(lines)
    return path, lines[0].rstrip("\n").split("\t")


def webhooks_database(server, name, merchants, log_level, secret, say):
    """An empty database of `merchants` restaurants with a number each, all of one Meta app with that secret."""
    from .installation import API

    say(f"preparing {name}: {merchants} merchants")
    installation = Installation(server, name, log_level)
    installation.create()
    key = installation.admin("create-key", "--name", "bench")
    serve = installation.serve()
    try:
        # The app's secret is sealed with the installation's key, so the program has to store it: with a channel of a restaurant made through the API.
        api = API(serve.port, key)
        restaurant = api.post("/api/v1/merchants", {"name": "First", "timeZone": "Asia/Riyadh", "locale": "ar", "currency": "SAR"})["id"]
        bot = api.post("/api/v1/bots", {"name": "Front desk"}, restaurant)["id"]
        api.post(f"/api/v1/bots/{bot}/channels", channel(999_999, secret), restaurant)
    finally:
        serve.stop()
    app = server.sql(name, "select id from platform.meta_apps")
    directory(server, name, merchants, app)
    server.sql(name, "analyze; checkpoint")
    installation.merchants = merchants
    installation.key = key
    return installation


def channel(number, secret):
    """`ChannelIn` of the restaurant with that number."""
    return {
        "provider": "meta", "phoneNumberId": str(100_000_000_000_000 + number), "wabaId": str(200_000_000_000_000 + number),
        "displayNumber": f"+9665{10_000_000 + number}", "appId": "1", "appSecret": secret, "accessToken": "bench-access-token",
        "verifyToken": "bench-verify-token",
    }
