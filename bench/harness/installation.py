"""A throw-away PostgreSQL and Maitre's processes on it, set up as docs/operating.md describes."""

import glob
import json
import os
import re
import secrets
import shutil
import tempfile
import time
import urllib.request

from .processes import Child, Failure, free_port, run
from .tools import FOLDER

ROLES = ("maitre_migrator", "maitre_tenant", "maitre_platform", "maitre_backup")


class Server:
    """The PostgreSQL server of the run. Durable: fsync and synchronous_commit are on, full pages are written."""

    def __init__(self, program, settings, keep=None):
        self.keep = keep
        self.folder = keep or tempfile.mkdtemp(prefix="maitre-bench-")
        os.makedirs(self.folder, exist_ok=True)
        # When run as root the server is another user's, who has to get to its data.
        os.chmod(self.folder, 0o711)
        # Logs and credentials of the run: this user's alone.
        self.private = tempfile.mkdtemp(prefix="maitre-bench-private-")
        self.program = program = self._copy(program)
        log = os.path.join(self.private, "postgres.err")
        answer = os.path.join(self.private, "postgres.url")
        arguments = [program, "postgres", "run", "--data", self.folder]
        for name, value in settings.items():
            arguments += ["--set", f"{name}={value}"]
        with open(answer, "wb") as stdout:
            self.child = Child("PostgreSQL", arguments, log, stdout=stdout)
        self.superuser_url = self._announced(answer)
        self.passwords = self._passwords()

    def _copy(self, program):
        """The program and its migrations as they are now: somebody may build while this runs."""
        shutil.copy2(program, self.private)
        for bundle in glob.glob(os.path.join(os.path.dirname(program), "*.resources")):
            shutil.copytree(bundle, os.path.join(self.private, os.path.basename(bundle)))
        shutil.copytree(os.path.join(FOLDER, "..", "migrations"), os.path.join(self.private, "migrations"))
        # Where the program looks for its migrations first.
        os.chdir(self.private)
        return os.path.join(self.private, os.path.basename(program))

    def _announced(self, path):
        for _ in range(1200):
            with open(path) as file:
                text = file.read()
            if text.endswith("\n"):
                return text.strip()
            self.child.check()
            time.sleep(0.05)
        raise Failure("PostgreSQL did not start")

    def _passwords(self):
        # Kept data knows its passwords already.
        path = os.path.join(self.folder, "bench-passwords.json")
        if os.path.exists(path):
            with open(path) as file:
                return json.load(file)
        passwords = {role: secrets.token_hex(16) for role in ROLES}
        passwords["key"] = secrets.token_hex(32)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(passwords, file)
        return passwords

    def url(self, database, role=None):
        url = re.sub(r"@/[^?]*", f"@/{database}", self.superuser_url)
        if role:
            url = re.sub(r"//[^:]*:[^@]*@", f"//{role}:{self.passwords[role]}@", url)
        return url

    @property
    def socket(self):
        """Folder and port of the unix socket, for clients without libpq."""
        host, port = re.search(r"host=([^&]*)&port=(\d+)", self.superuser_url).groups()
        return urllib.request.unquote(host), port

    def sql(self, database, text, role=None, variables=None):
        arguments = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]
        for name, value in (variables or {}).items():
            arguments += ["--set", f"{name}={value}"]
        return run(arguments + [self.url(database, role)], input=text).strip()

    def sql_file(self, database, path, **variables):
        with open(path) as file:
            return self.sql(database, file.read(), variables=variables)

    def settings(self):
        names = ["server_version", "shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "max_wal_size", "checkpoint_timeout"]
        return {name: self.sql("postgres", f"show {name}") for name in names}

    def stop(self):
        self.child.stop(60)
        os.chdir(FOLDER)
        if not self.keep:
            # Where that user cannot reach the folder, the program has put the data elsewhere; it says so in its own documentation.
            data = os.path.dirname(self.socket[0])
            shutil.rmtree(self.folder, ignore_errors=True)
            if data.startswith("/var/lib/maitre/"):
                shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(self.private, ignore_errors=True)


class Installation:
    """A migrated database on the server, and the processes that use it."""

    def __init__(self, server, database, log_level):
        self.server = server
        self.database = database
        self.program = server.program
        self.log_level = log_level
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("MAITRE_")} | {
            "MAITRE_DATABASE_MIGRATOR_URL": server.url(database, "maitre_migrator"),
            "MAITRE_DATABASE_TENANT_URL": server.url(database, "maitre_tenant"),
            "MAITRE_DATABASE_PLATFORM_URL": server.url(database, "maitre_platform"),
            "MAITRE_SECRETS_KEY_ENCRYPTION_KEY": server.passwords["key"],
            "MAITRE_LOG_LEVEL": log_level,
            # One credential from one address is a whole load here.
            "MAITRE_LIMITS_CREDENTIAL_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_MERCHANT_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_CONNECTIONS_PER_ADDRESS": "0",
        }

    def create(self):
        """Makes the database anew: bootstrap by the superuser, migrations by the migrator."""
        self.server.sql("postgres", f'drop database if exists "{self.database}"; ')
        self.server.sql("postgres", f'create database "{self.database}"')
        passwords = os.path.join(self.server.private, "roles.txt")
        with open(os.open(passwords, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(f"{role}={self.server.passwords[role]}\n" for role in ROLES)
        run([self.program, "migrate", "bootstrap", "--superuser-url", self.server.url(self.database), "--passwords", passwords])
        os.unlink(passwords)
        run([self.program, "migrate"], environment=self.environment)

    def is_current(self):
        """Whether the database is there, migrated by this very version."""
        if self.server.sql("postgres", f"select 1 from pg_database where datname = '{self.database}'") != "1":
            return False
        try:
            answer = run([self.program, "migrate", "--dry-run"], environment=self.environment)
        except Failure:
            return False
        return "nothing is pending" in answer

    def _start(self, command, port_settings, *arguments, **more):
        log = os.path.join(self.server.private, f"{command}-{self.database}.log")
        return Child(f"maitre {command}", [self.program, command, *arguments], log, self.environment | port_settings | more)

    def serve(self, ready=True, **settings):
        port = free_port()
        child = self._start("serve", {"MAITRE_HTTP_PORT": str(port), "MAITRE_HTTP_METRICS_PORT": "0"}, **settings)
        child.port = port
        if ready:
            child.wait_ready(port)
        return child

    def work(self, *arguments, **settings):
        port = free_port()
        child = self._start("work", {"MAITRE_HTTP_METRICS_PORT": str(port)}, *arguments, **settings)
        child.metrics_port = port
        child.wait_ready(port, "/metrics")
        return child

    def simulate(self, configuration, port):
        path = os.path.join(self.server.private, "simulator.json")
        with open(path, "w") as file:
            json.dump(configuration, file)
        child = self._start("simulate", {}, "--config", path, "--port", str(port))
        child.port = port
        child.wait_ready(port, "/simulator/state")
        return child

    def express(self, node_path, app_secret=""):
        port = free_port()
        host, socket_port = self.server.socket
        environment = dict(os.environ) | {
            "NODE_PATH": node_path, "NODE_ENV": "production", "PORT": str(port), "PGHOST": host, "PGPORT": socket_port, "PGDATABASE": self.database,
            "TENANT_PASSWORD": self.server.passwords["maitre_tenant"], "PLATFORM_PASSWORD": self.server.passwords["maitre_platform"],
            "META_APP_SECRET": app_secret,
        }
        script = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers", "express", "server.js")
        child = Child("express", ["node", script], os.path.join(self.server.private, "express.log"), environment)
        child.port = port
        child.wait_ready(port)
        return child

    def admin(self, *arguments):
        return run([self.program, "admin", *arguments], environment=self.environment).strip()


class API:
    """Calls of the API with a platform key."""

    def __init__(self, port, key):
        self.base = f"http://127.0.0.1:{port}"
        self.key = key

    def post(self, path, body, restaurant=None):
        return self._ask("POST", path, body, restaurant)

    def allow(self, restaurant):
        """Allowances that no measurement uses up."""
        return self._ask("PUT", f"/api/v1/allowances/{restaurant}", {"dailyLimit": 100_000_000, "monthlyLimit": 100_000_000, "perMinute": 60_000}, None)

    def _ask(self, method, path, body, restaurant):
        headers = {"Content-Type": "application/json", "X-API-Key": self.key}
        if restaurant:
            headers["X-Restaurant-Id"] = restaurant
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise Failure(f"{method} {path} was answered {error.code}: {error.read()[:500]!r}") from None
