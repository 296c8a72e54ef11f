"""The rig for all tests of a module, on one event loop: MAITRE_PROGRAM is the program."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench")]

from torture_lib.cluster import working_directory  # noqa: E402
from torture_lib.report import log_excerpt  # noqa: E402

from rig import Rig  # noqa: E402

PROGRAM = os.environ.get("MAITRE_PROGRAM", str(ROOT / ".build/release/maitre"))


@pytest.fixture(scope="session")
def loop():
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="session")
def rig(loop, request):
    directory = working_directory()
    rig = Rig(PROGRAM, directory, int(os.environ.get("MAITRE_NODES_MERCHANTS", "50")))
    try:
        loop(rig.start())
        yield rig
    finally:
        loop(rig.stop())
        if request.session.testsfailed:
            print("\n".join(log_excerpt(directory)), f"\nlogs are in {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
