"""The superuser's view of the database of `maitre dev`: credentials that no command makes, and what the tables really hold.

docs/operating.md, "The embedded PostgreSQL", says where its files are.
"""

import hashlib
import json
import os
import secrets
import subprocess
import uuid
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SCOPES = [
    "audit:read",
    "bots:read",
    "bots:write",
    "conversations:read",
    "conversations:write",
    "keys:manage",
    "messages:read",
    "messages:send",
    "settings:read",
    "settings:write",
    "team:read",
    "team:write",
    "usage:read",
]

# What changes without anybody's request.
VOLATILE_TABLES = {
    "queue.schedule": "when a worker looks next",
    "queue.lanes": "empty lanes are collected; jobs are compared themselves",
    "app.usage_days": "added up when it is time; what is added up is compared itself",
    "app.usage_activity": "the same",
}
VOLATILE_COLUMNS = {"platform.credentials": ["last_used_at"], "app.usage_events": ["rolled_up"]}


def token(prefix):
    """A token of the shape of api.md 3, with a right checksum."""
    text = prefix + "".join(secrets.choice(ALPHABET) for _ in range(30))
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        digits = ALPHABET[rest % 62] + digits
        rest //= 62
    return text + digits


def literal(value):
    if value is None:
        return "null"
    if isinstance(value, list):
        return "array[" + ",".join(literal(item) for item in value) + "]::text[]"
    return "'" + str(value).replace("'", "''") + "'"


class Database:
    def __init__(self, directory):
        with open(os.path.join(directory, "passwords.json"), encoding="utf-8") as file:
            password = json.load(file)["postgres"]
        with open(self._data(directory) + "/postmaster.pid", encoding="utf-8") as file:
            lines = file.read().splitlines()
        port, socket = lines[3], lines[4]
        self.port, self.socket = int(port), socket
        self._environment = os.environ | {"PGPASSWORD": password, "PGCLIENTENCODING": "UTF8"}
        self._command = [
            self._psql(),
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            socket,
            "-p",
            port,
            "-U",
            "postgres",
            "-d",
            "maitre",
        ]

    @staticmethod
    def _data(directory):
        inside = os.path.join(directory, "postgres")
        if os.path.isdir(inside):
            return inside
        # Where the server's user cannot reach the directory, it is in a folder named after the directory's path.
        name = hashlib.sha256(os.path.realpath(directory).encode()).hexdigest()[:16]
        return f"/var/lib/maitre/{name}/postgres"

    @staticmethod
    def _psql():
        for path in os.environ["PATH"].split(os.pathsep):
            if os.access(os.path.join(path, "psql"), os.X_OK):
                return os.path.join(path, "psql")
        return subprocess.check_output(["pg_config", "--bindir"], text=True).strip() + "/psql"

    def run(self, sql):
        """The rows, each as its text."""
        result = subprocess.run(self._command, input=sql, env=self._environment, capture_output=True, text=True, timeout=60, check=False)
        if result.returncode != 0:
            raise AssertionError(f"psql: {result.stderr}")
        return [line for line in result.stdout.split("\n") if line]

    def value(self, sql):
        rows = self.run(sql)
        return rows[0] if rows else None

    def tables(self):
        """The tables that have a column `merchant_id`, without partitions."""
        return self.run(
            """
            select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attname = 'merchant_id' and not a.attisdropped
            where n.nspname in ('app', 'platform', 'inbox', 'queue') and c.relkind in ('r', 'p') and not c.relispartition order by 1
            """
        )

    def dump(self, merchant):
        """Every row of the merchant, and what belongs to the whole installation, as a set of lines."""
        parts = []
        for table in self.tables():
            if table in VOLATILE_TABLES:
                continue
            row = "to_jsonb(t)" + "".join(f" - {literal(column)}" for column in VOLATILE_COLUMNS.get(table, []))
            parts.append(f"select {literal(table)} || ' ' || ({row})::text from {table} t where t.merchant_id = {literal(merchant)}")
        parts += [
            f"select 'merchant ' || to_jsonb(m)::text from platform.merchants m where id = {literal(merchant)}",
            "select 'restaurants ' || count(*) from platform.merchants",
            "select 'administrator ' || id from platform.people where is_platform_admin",
        ]
        # Of its people, their accounts with all that opens them; who works elsewhere as well may be asked there.
        own = f"""(
            select m.person_id from platform.memberships m where m.merchant_id = {literal(merchant)}
                and not exists (select from platform.memberships o where o.person_id = m.person_id and o.merchant_id <> m.merchant_id))"""
        parts += [
            f"select 'person ' || to_jsonb(p)::text from platform.people p where id in {own}",
            f"select 'token ' || (to_jsonb(c) - 'last_used_at')::text from platform.credentials c where person_id in {own}",
            # A refresh moves them: A's own, when its access tokens come to their end.
            f"select 'session ' || (to_jsonb(s) - 'last_used_at' - 'idle_expires_at')::text from platform.sessions s where person_id in {own}",
            f"select 'recovery code ' || to_jsonb(r)::text from platform.recovery_codes r where person_id in {own}",
            f"select 'device ' || (to_jsonb(d) - 'last_used_at')::text from platform.known_devices d where person_id in {own}",
        ]
        return set(self.run("\nunion all\n".join(parts)))

    def owner(self, merchant):
        return self.value(f"select person_id from platform.memberships where merchant_id = {literal(merchant)} and role = 'owner' limit 1")

    def make_person(self, *memberships):
        """A person with these roles, given as (merchant, role)."""
        person = str(uuid.uuid4())
        sql = f"insert into platform.people (id, email, name) values ('{person}', '{person}@example.com', 'Test');"
        for merchant, role in memberships:
            sql += f"insert into platform.memberships (merchant_id, person_id, role) values ('{merchant}', '{person}', '{role}');"
        self.run(sql)
        return person

    def give_password(self, person, other):
        """The password that another person has."""
        self.run(
            f"""
            update platform.people set password_hash = (select password_hash from platform.people where id = '{other}'), password_changed_at = now()
            where id = '{person}'
            """
        )

    def forget_attempts(self):
        """What was tried too often may be tried again: how often is the business of other tests."""
        self.run("delete from platform.throttles")

    def make_credential(self, kind, merchant=None, person=None, scopes=SCOPES, expired=False, revoked=False):
        """A token as `maitre admin` makes it, and those that nothing makes yet."""
        prefix = {"merchant_key": "mtr_live_", "personal_access_token": "mtr_pat_"}[kind]
        made = token(prefix)
        self.run(
            f"""
            insert into platform.credentials
                (id, kind, hash, prefix, last_four, name, scopes, merchant_id, person_id, created_at, expires_at, revoked_at)
            values ('{uuid.uuid4()}', '{kind}', decode('{hashlib.sha256(made.encode()).hexdigest()}', 'hex'), '{prefix}', '{made[-4:]}', 'test',
                {literal(scopes)}, {literal(merchant)}, {literal(person)}, now() - interval '2 days',
                {"now() - interval '1 second'" if expired else "null"}, {"now()" if revoked else "null"})
            """
        )
        return made
