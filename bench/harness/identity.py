"""Row `credentials`: what a request's credential costs, how many people can log in, and how soon a revoked key is out."""

import json
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from . import dataset, report, tokens
from .processes import Failure
from .reading import READS, refuse_errors
from .tools import Result, alternate, median, middle, wrk

PASSWORD = "a password of the bench"
READERS = 100
LIMITED = ("CREDENTIAL", "MERCHANT", "ADDRESS")


def credentials(run):
    installation = dataset.messages_database(run.server, "bench_read", 1000, run.log_level, READERS, run.say)
    admin = installation.admin("create-key", "--name", "bench")
    # The second counts requests as every installation does, against limits that nobody reaches.
    first, second = installation.serve(), installation.serve(**{f"MAITRE_LIMITS_{of}_REQUESTS_PER_MINUTE": "10000000" for of in LIMITED})
    try:
        give_passwords(installation, first.port)
        rows, figures = kinds(run, installation, first.port, second.port)
        logins = throughput(run, installation, first)
        flood = burst(run, installation, first)
        revoked = revocations(run, installation, (first.port, second.port), admin)
    finally:
        second.stop()
        first.stop()
    mega = 1 << 20
    run.write("credentials", "Keys, tokens, sessions and logins", [
        run.circumstances(),
        f"1000 restaurants; {READERS} readers, each with a personal access token, a merchant key and a session's access token (JWT); the read of 25 messages, "
        f"wrk with {run.options.connections} connections, in turn. Limits of rates are off, except where they are named.",
        report.figures(figures), report.ratios(rows),
        f"Logins with password (argon2id, 19 MiB, two passes; two at once in a process): {logins.rate:,.1f} a second with 8 clients, p50 {logins.p50:.0f} ms, "
        f"p99 {logins.p99:.0f} ms.",
        f"200 logins at once: {flood['served']} served, {flood['refused']} answered 503; resident memory {flood['before'] / mega:.0f} MB before, at most "
        f"{flood['most'] / mega:.0f} MB meanwhile, {flood['after'] / mega:.0f} MB after.",
        f"A key revoked at one of two nodes, used at the other every 5 ms: refused after {revoked[len(revoked) // 2]:.0f} ms in the middle of {len(revoked)} trials, "
        f"{revoked[-1]:.0f} ms at most (bound: 1000).",
    ])


def ask(port, method, path, body=None, headers=()):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode() if body is not None else None,
        {"Content-Type": "application/json", **dict(headers)}, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read() or b"null")


def give_passwords(installation, port):
    """One password for every reader: its hash is made by the program, for an administrator, and copied."""
    link = installation.admin("create-admin", "--email", f"bench-{time.time_ns()}@example.com")
    token = link.split("#token=")[1].strip()
    person = ask(port, "POST", "/api/v1/invitations/accept", {"token": token, "name": "Bench", "password": PASSWORD})["personId"]
    ids = ",".join(f"'{tokens.uuid(5, number)}'" for number, _ in installation.readers)
    installation.server.sql(installation.database, f"""
        update platform.people set password_hash = (select password_hash from platform.people where id = '{person}') where id in ({ids});
        update platform.people set is_platform_admin = false where id = '{person}'""")


def emails(installation):
    ids = ",".join(f"'{tokens.uuid(5, number)}'" for number, _ in installation.readers)
    rows = installation.server.sql(installation.database, f"select id || ' ' || email from platform.people where id in ({ids})").splitlines()
    found = dict(row.split(" ") for row in rows)
    return [found[tokens.uuid(5, number)] for number, _ in installation.readers]


def log_in(port, email):
    return ask(port, "POST", "/api/v1/auth/login", {"email": email, "password": PASSWORD})["accessToken"]


def without_throttle(installation):
    """All logins of the bench come from one address, which may only try so many."""
    installation.server.sql(installation.database, "delete from platform.throttles")


def kinds(run, installation, port, limited):
    without_throttle(installation)
    readers = installation.readers
    sessions = [log_in(port, email) for email in emails(installation)]
    owner = {number: {"Authorization": f"Bearer {token}", "X-Restaurant-Id": tokens.uuid(1, number)} for number, token in readers}
    installation.server.sql(installation.database, "update platform.credentials set scopes = array_append(scopes, 'keys:manage') where name = 'bench'"
                                                   " and not 'keys:manage' = any(scopes)")
    time.sleep(1.5)
    keys = [ask(port, "POST", "/api/v1/api-keys", {"name": "bench key", "scopes": ["messages:read", "conversations:read"]}, owner[number].items())["token"]
            for number, _ in readers]
    files = {}
    for name, texts in (("token", [token for _, token in readers]), ("key", keys), ("session", sessions)):
        installation.readers = [(number, text) for (number, _), text in zip(readers, texts)]
        path, _ = dataset.requests_file(installation, READS["messages"]["suffix"])
        files[name] = f"{path}.{name}"
        with open(path) as source, open(files[name], "w") as target:
            target.write(source.read())
    installation.readers = readers
    contestants = [(name, lambda path=path: wrk(port, "read.lua", run.options.seconds, run.options.connections, 1, path)) for name, path in files.items()]
    contestants.append(("limited", lambda: wrk(limited, "read.lua", run.options.seconds, run.options.connections, 1, files["token"])))
    run.warm_up(contestants)
    found = {name: middle(passes) for name, passes in alternate(run.options.pairs, contestants, run.say).items()}
    refuse_errors(found)
    rates, counted = [found[name].rate for name in files], found["limited"].rate / found["token"].rate
    run.say(f"credentials: slowest : fastest {min(rates) / max(rates):.3f}, with rate limits : without {counted:.3f}")
    return [("slowest : fastest kind of credential", min(rates) / max(rates), 0.9, False), ("with rate limits : without", counted, None, False)], [
        ("personal access token", found["token"], ""), ("merchant key", found["key"], ""), ("session (JWT)", found["session"], ""),
        ("personal access token, requests counted for their limits", found["limited"], "")]


def throughput(run, installation, serve):
    people, times, over = emails(installation), [], time.monotonic() + run.options.seconds
    stop = threading.Event()

    def forgive():
        while not stop.wait(0.2):
            without_throttle(installation)

    def client(first):
        number = first
        while time.monotonic() < over:
            start = time.monotonic()
            log_in(serve.port, people[number % len(people)])
            times.append((time.monotonic() - start) * 1000)
            number += 8

    forgiving = threading.Thread(target=forgive)
    forgiving.start()
    start = time.monotonic()
    try:
        with ThreadPoolExecutor(8) as pool:
            for future in [pool.submit(client, number) for number in range(8)]:
                future.result()
    finally:
        stop.set()
        forgiving.join()
    times.sort()
    result = Result(len(times) / (time.monotonic() - start), p50=median(times), p99=times[len(times) * 99 // 100])
    run.say(f"logins: {result.rate:,.1f}/s, p50 {result.p50:.0f} ms, p99 {result.p99:.0f} ms")
    return result


def burst(run, installation, serve):
    """200 logins at the same moment, of people who do not exist: each costs a hash."""
    without_throttle(installation)
    # The address's own throttle would end it after a hundred; here it is the hashes that count.
    installation.server.sql(installation.database, """
        create or replace function platform.bench_uncounted() returns trigger language plpgsql as 'begin return null; end';
        create trigger bench_uncounted before insert on platform.throttles for each row execute function platform.bench_uncounted()""")
    outcome = {"served": 0, "refused": 0, "before": serve.memory(), "most": 0}
    over = threading.Event()

    def sample():
        while not over.wait(0.02):
            outcome["most"] = max(outcome["most"], serve.memory())

    def one(number):
        try:
            ask(serve.port, "POST", "/api/v1/auth/login", {"email": f"nobody{number}@example.com", "password": PASSWORD})
        except urllib.error.HTTPError as error:
            return error.code
        raise Failure("somebody who does not exist is logged in")

    sampling = threading.Thread(target=sample)
    sampling.start()
    try:
        with ThreadPoolExecutor(200) as pool:
            codes = list(pool.map(one, range(200)))
    finally:
        over.set()
        sampling.join()
        installation.server.sql(installation.database, "drop function platform.bench_uncounted() cascade")
    outcome["served"], outcome["refused"], outcome["after"] = codes.count(401), codes.count(503), serve.memory()
    if outcome["served"] + outcome["refused"] != 200:
        raise Failure(f"answers other than 401 and 503: {sorted(set(codes))}")
    run.say(f"burst: {outcome['served']} served, {outcome['refused']} refused, memory {outcome['before'] >> 20} → {outcome['most'] >> 20} MB")
    return outcome


def revocations(run, installation, ports, admin):
    restaurant = tokens.uuid(1, installation.readers[0][0])
    platform = {"X-API-Key": admin, "X-Restaurant-Id": restaurant}.items()
    times = []
    for _ in range(20):
        made = ask(ports[0], "POST", "/api/v1/api-keys", {"name": "to revoke", "scopes": ["bots:read"]}, platform)
        key = {"X-API-Key": made["token"]}.items()
        ask(ports[1], "GET", "/api/v1/bots", headers=key)
        time.sleep(0.3)
        ask(ports[1], "GET", "/api/v1/bots", headers=key)
        ask(ports[0], "DELETE", f"/api/v1/api-keys/{made['id']}", headers=platform)
        start = time.monotonic()
        while True:
            try:
                ask(ports[1], "GET", "/api/v1/bots", headers=key)
            except urllib.error.HTTPError as error:
                if error.code == 401:
                    break
                raise
            time.sleep(0.005)
        times.append((time.monotonic() - start) * 1000)
    times.sort()
    run.say(f"revocation: median {median(times):.0f} ms, most {times[-1]:.0f} ms")
    return times
