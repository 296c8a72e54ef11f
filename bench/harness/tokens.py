"""Real personal access tokens for the loaded merchants, stored as the program stores them."""

import hashlib
import random
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SCOPES = "{bots:read,bots:write,conversations:read,conversations:write,events:read,messages:read,messages:send,webhooks:read,webhooks:write}"


def token(generator):
    """Prefix, 30 characters of base62, and the CRC-32 of both in six (api.md 3). Not secret here, hence from a seed."""
    text = "mtr_pat_" + "".join(generator.choice(ALPHABET) for _ in range(30))
    rest = zlib.crc32(text.encode())
    digits = ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = ALPHABET[digit] + digits
    return text + digits


def uuid(kind, number):
    """The ids of bench/data/directory.sql: 1 merchants, 2 conversations, 3 channels, 4 bots, 5 people, 6 contacts."""
    return f"01900000-0000-7000-8000-0000{kind}{1000000 + number}"


def readers(merchants, count):
    """`count` merchants spread evenly over all, with a token each."""
    generator = random.Random(1)
    return [(number, token(generator)) for number in range(0, merchants, max(1, merchants // count))][:count]


def insert(server, database, tokens):
    rows = "".join(
        f"{uuid(7, number)}\tpersonal_access_token\t\\\\x{hashlib.sha256(text.encode()).hexdigest()}\tmtr_pat_\t{text[-4:]}\tbench\t{SCOPES}"
        f"\t{uuid(5, number)}\n" for number, text in tokens)
    server.sql(database, "delete from platform.credentials where name = 'bench';")
    server.sql(database, "copy platform.credentials (id, kind, hash, prefix, last_four, name, scopes, person_id) from stdin;\n" + rows + "\\.\n")
