"""A PostgreSQL cluster of the harness's own, as durable as PostgreSQL makes it, that may be killed and is started again on the same data."""

import asyncio
import glob
import json
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import subprocess
import tempfile

from .processes import LEASH, children, kill


def find_programs():
    """The newest PostgreSQL's directory, from the places where Maitre looks too."""
    directories = glob.glob("/usr/lib/postgresql/*/bin") + glob.glob("/usr/pgsql-*/bin")
    directories += glob.glob("/opt/homebrew/opt/postgresql*/bin") + glob.glob("/usr/local/opt/postgresql*/bin")
    if shutil.which("pg_config"):
        directories.append(subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    directories += os.environ.get("PATH", "").split(os.pathsep)
    best = (0, None)
    for directory in directories:
        if not all(os.access(f"{directory}/{program}", os.X_OK) for program in ("postgres", "initdb", "psql")):
            continue
        version = subprocess.run([f"{directory}/postgres", "--version"], capture_output=True, text=True, check=True).stdout
        major = int(re.search(r"\) (\d+)", version).group(1))
        best = max(best, (major, directory))
    if best[0] < 15:
        raise RuntimeError("PostgreSQL 15 or later is not installed; bin/bootstrap installs it")
    return best[1]


def identity():
    """How to start PostgreSQL's programs: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def working_directory():
    """A new directory that PostgreSQL's user can pass through, short enough for a unix socket in it."""
    for parent in (os.environ.get("MAITRE_TEST_DIRECTORY"), tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if not parent or not os.path.isdir(parent) or len(parent) > 60:
            continue
        directory = tempfile.mkdtemp(prefix="torture-", dir=parent)
        os.chmod(directory, 0o711)
        if subprocess.run(["test", "-x", directory], cwd="/", **identity()).returncode == 0:
            return directory
        os.rmdir(directory)
    raise RuntimeError("no temporary directory that PostgreSQL's user can reach")


class QueryFailed(Exception):
    pass


class Cluster:
    SETTINGS = {
        # What the promises are about.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "restart_after_crash": "on",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "checkpoint_timeout": "30s",  # so that recoveries begin at different places
        "log_line_prefix": "%m [%p] %q%a ",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }

    def __init__(self, directory, address=""):
        """With `address` it listens there too, beside its unix socket."""
        self.programs = find_programs()
        self.address = address
        self.directory = directory
        self.data = f"{directory}/postgres"
        self.sockets = f"{directory}/s"
        self.log = f"{directory}/postgres.log"
        self.password = secrets.token_hex(16)
        self.process = None
        self.is_down = True

    def create(self):
        for path in (self.data, self.sockets):
            os.mkdir(path, 0o700)
            if os.geteuid() == 0:
                os.chown(path, identity()["user"], identity()["group"])
        command = [f"{self.programs}/initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C"]
        command += ["--auth=scram-sha-256", "--data-checksums"]
        password = f"{self.directory}/password"
        with open(password, "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="utf-8") as file:
            file.write(self.password)
        if os.geteuid() == 0:
            os.chown(password, identity()["user"], identity()["group"])
        done = subprocess.run([*command, f"--pwfile={password}"], cwd="/", capture_output=True, text=True, **identity())
        os.remove(password)
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr}")
        if self.address:
            with open(f"{self.data}/pg_hba.conf", "a", encoding="utf-8") as file:
                file.write("host all all samenet scram-sha-256\n")

    async def start(self, patience=60):
        """Starts the server, and returns when it answers. After a kill this includes recovery."""
        command = [f"{self.programs}/postgres", "-D", self.data, "-k", self.sockets]
        for name, value in (self.SETTINGS | {"listen_addresses": self.address}).items():
            command += ["-c", f"{name}={value}"]
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            with open(self.log, "ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    *LEASH, *command, cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, **identity(),
                )
            # It refuses to start while a backend of the killed server is still attached to its memory; those end by themselves.
            if await self.wait_until_up(deadline):
                return
            if asyncio.get_running_loop().time() > deadline:
                raise RuntimeError(f"PostgreSQL did not start; see {self.log}")
            await asyncio.sleep(0.1)

    async def wait_until_up(self, deadline):
        """True when it answers; false when the process has ended or the time is over."""
        while self.process.returncode is None and asyncio.get_running_loop().time() < deadline:
            try:
                await self.query("select 1", database="postgres")
                self.is_down = False
                return True
            except QueryFailed:
                await asyncio.sleep(0.05)
        return False

    async def kill(self, how):
        """`all`: postmaster and every other process of the cluster; `postmaster`: that alone; `backend`: one that serves Maitre, upon which
        the postmaster ends all others and recovers by itself."""
        if how == "backend":
            rows = await self.query("select pid from pg_stat_activity where application_name like 'maitre%'")
            if not rows:
                return False
            self.is_down = True
            kill(random.choice(rows)["pid"])
            return True
        self.is_down = True
        others = children(self.process.pid) if how == "all" else []
        for pid in [self.process.pid, *others]:
            kill(pid)
        await self.process.wait()
        return True

    async def stop(self):
        if self.process is None or self.process.returncode is not None:
            return
        others = children(self.process.pid)
        kill(self.process.pid, signal.SIGQUIT)
        try:
            async with asyncio.timeout(5):
                await self.process.wait()
        except TimeoutError:
            for pid in [self.process.pid, *others]:
                kill(pid)
            await self.process.wait()

    def url(self, role, password, database="maitre", address=None):
        """By its unix socket, or over the network."""
        if address:
            return f"postgres://{role}:{password}@{address}/{database}"
        return f"postgres://{role}:{password}@/{database}?host={self.sockets.replace('/', '%2F')}"

    async def script(self, *commands, database="maitre", timeout=60):
        """Runs commands in one transaction as the superuser; the lines that they print."""
        arguments = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-1", "-h", self.sockets, "-U", "postgres", "-d", database]
        for command in commands:
            arguments += ["-c", command]
        process = await asyncio.create_subprocess_exec(
            f"{self.programs}/psql", *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5", "PGOPTIONS": "-c client_min_messages=error"},
        )
        try:
            async with asyncio.timeout(timeout):
                output, errors = await process.communicate()
        except BaseException as error:
            if process.returncode is None:
                kill(process.pid)
                await process.wait()
            if isinstance(error, TimeoutError):
                raise QueryFailed("time-out") from error
            raise
        if process.returncode != 0:
            raise QueryFailed(errors.decode(errors="replace").strip())
        return output.decode().splitlines()

    async def query(self, select, before=(), database="maitre", timeout=60):
        """The rows of a select as dictionaries. With `before`, those statements run first and everything is rolled back afterwards."""
        commands = [*before, f"select row_to_json(x) from ({select}) x"] + (["rollback"] if before else [])
        return [json.loads(line) for line in await self.script(*commands, database=database, timeout=timeout)]
