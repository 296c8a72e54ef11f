"""Signed webhooks of Meta, made before the measurement: whole HTTP requests of one length in one file."""

import hmac
import os
import random
import tempfile
import time

# What Meta makes of a customer's text: ASCII with \u escapes.
TEXT = "مساء الخير، هل لديكم طاولة لأربعة أشخاص الليلة بجانب النافذة؟ "


def body(template, merchant, contact, identifier, moment):
    return template % {
        "waba": 200_000_000_000_000 + merchant, "number": 100_000_000_000_000 + merchant, "display": f"9665{10_000_000 + merchant}",
        "contact": f"9665{10_000_000 + contact}", "id": identifier, "time": moment,
    }


def template(length):
    """An envelope with one text message that comes to exactly `length` bytes."""
    envelope = (
        '{"object":"whatsapp_business_account","entry":[{"id":"%(waba)d","changes":[{"value":{"messaging_product":"whatsapp",'
        '"metadata":{"display_phone_number":"%(display)s","phone_number_id":"%(number)d"},"contacts":[{"profile":{"name":"Sara"},'
        '"wa_id":"%(contact)s"}],"messages":[{"from":"%(contact)s","id":"%(id)s","timestamp":"%(time)d","text":{"body":"TEXT"},'
        '"type":"text"}]},"field":"messages"}]}]}')
    room = length - len(body(envelope, 0, 0, identifier(0), 1_700_000_000)) + len("TEXT")
    # Whole characters only, filled up with dots.
    characters = 0
    cut = ""
    for character in TEXT * 50:
        escaped = character.encode("ascii", "backslashreplace").decode()
        if characters + len(escaped) > room:
            break
        cut += escaped
        characters += len(escaped)
    return envelope.replace("TEXT", (cut + "." * (room - characters)).replace("%", "%%"))


def identifier(number):
    return f"wamid.HBgMOTY2NTAwMDAwMDAxFQIAEhgUM0FCQ0{number:018d}AA=="


def file(count, merchants, contacts, secret, length=1500):
    """`count` requests, no id twice; the path, the length of each, and one body."""
    # In memory: writing half a gigabyte back to the disk would compete with the commits that are measured.
    folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    handle, path = tempfile.mkstemp(prefix="maitre-bench-webhooks-", dir=folder)
    form, key, generator, moment = template(length), secret.encode(), random.Random(3), int(time.time())
    size = sample = None
    with os.fdopen(handle, "wb", 1 << 20) as output:
        for number in range(count):
            merchant = generator.randrange(merchants)
            raw = body(form, merchant, generator.randrange(contacts) * 10000 + merchant, identifier(number), moment).encode()
            request = (b"POST /webhooks/meta HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=%s\r\n"
                       b"Content-Length: %d\r\n\r\n%s" % (hmac.digest(key, raw, "sha256").hex().encode(), len(raw), raw))
            if size is None:
                size, sample = len(request), raw
            assert len(request) == size
            output.write(request)
    return path, size, sample.decode()
