"""A `maitre dev` of the run, with a conversation in it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from harness.processes import Child, Failure, free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


class Installation:
    def __init__(self, program):
        if not os.path.exists(program):
            raise Failure(f"{program} is not there: bin/build --product maitre")
        self.folder = tempfile.mkdtemp(prefix="maitre-security-")
        # PostgreSQL does not run as root; its user has to get to the data.
        os.chmod(self.folder, 0o711)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = os.path.join(self.folder, "maitre.err")
        os.chdir(ROOT)
        data = os.path.join(self.folder, ".maitre")
        self.child = Child("maitre dev", [program, "dev", "--port", str(self.port), "--data", data, "--log-level", "error"], self.log)
        self.child.wait_ready(self.port, timeout=120, pause=0.1)
        demo = os.path.join(data, "demo.json")
        self.names = self._conversation(demo)
        with open(demo, encoding="utf-8") as file:
            self.demo = json.load(file)

    @staticmethod
    def _conversation(demo):
        """Ids and credentials by name: MAITRE_TOKEN, MAITRE_CONVERSATION …, as for the tests with Schemathesis."""
        script = os.path.join(ROOT, "Tests", "openapi", "demo.py")
        run = subprocess.run([sys.executable, script, demo], capture_output=True, text=True, timeout=120)
        if run.returncode != 0:
            raise Failure(f"demo.py failed: {run.stderr.strip()[-500:]}")
        return dict(shlex.split(line)[1].split("=", 1) for line in run.stdout.splitlines())

    def errors(self):
        """Lines of the program's log that speak of a failure of its own."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return [line.rstrip() for line in file if re.search(r"\berror\b|critical|[Ss]yntax error|SQLSTATE", line)]

    def stop(self):
        self.child.stop()
        for _ in range(50):
            if self.child.process.poll() is not None:
                break
            time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)
