"""A network that loses everything for a while: between a node and PostgreSQL, between a node and its clients, between a worker and a receiver of webhooks.

Two seconds each; with MAITRE_NODES_LONG=1 two minutes too, which takes a quarter of an hour.
"""

import asyncio
import os
import shutil
import sys
import time

import pytest
from conftest import PROGRAM
from machine import Machine, NotAllowed
from rig import Rig, ended, running
from torture_lib.cluster import working_directory
from torture_lib.report import log_excerpt
from watch_lib.receiver import Receiver

CUTS = [2, 120] if os.environ.get("MAITRE_NODES_LONG") else [2]


@pytest.fixture(scope="module")
def far(loop, request):
    """A rig whose second server is on a machine of its own."""
    directory, machine = working_directory(), Machine()
    rig = None
    try:
        loop(machine.start())
        rig = Rig(PROGRAM, directory, 4, machine)
        rig.machine = machine
        loop(rig.start())
        yield rig
    except NotAllowed as reason:
        pytest.skip(str(reason))
    finally:
        if rig is not None:
            loop(rig.stop())
        loop(machine.stop())
        if request.session.testsfailed:
            print("\n".join(log_excerpt(directory)), f"\nlogs are in {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)


async def through(rig, seconds, pull, mend, patience):
    """Traffic before, during and after; every screen, wherever it is, has then been told everything once, in order. The screens at the first node, those at
    the second one, those behind nginx."""
    before = await rig.events()
    groups = [[make(merchant) for merchant in rig.merchants] for make in (
        lambda merchant: rig.screen_at(1, merchant), lambda merchant: rig.screen_at(2, merchant), rig.screen)]
    screens = [screen for group in groups for screen in group]
    tasks = await running(screens)
    traffic = asyncio.create_task(rig.traffic(seconds + 5, 8))
    await asyncio.sleep(2)
    await pull()
    at_cut = [len(screen.ids) for screen in groups[0]]
    await asyncio.sleep(seconds)
    # Only those on the wrong side of the cut wait.
    assert sum(len(screen.ids) for screen in groups[0]) > sum(at_cut), "the other node was held up"
    await mend()
    mended = time.monotonic()
    await traffic
    await rig.quiet(patience + 60)
    after = {merchant: ids[len(before[merchant]):] for merchant, ids in (await rig.events()).items()}
    await rig.until(lambda: all(len(screen.ids) >= len(after[screen.merchant]) for screen in screens), patience,
                    lambda: f"{[(s.port, len(s.ids), len(after[s.merchant]), s.ends) for s in screens if len(s.ids) < len(after[s.merchant])]} miss events")
    print(f"cuts: everything was told {time.monotonic() - mended:.1f} s after {seconds} s without a network")
    for screen in screens:
        assert screen.ids == after[screen.merchant]
        assert not screen.twice and not screen.lost and not screen.foreign and not screen.findings
    for merchant, ids in after.items():
        assert set(rig.hooks[merchant]) >= set(ids), "a receiver was not told everything"
    assert not rig.findings
    await ended(screens, tasks)
    return groups


@pytest.mark.parametrize("seconds", CUTS)
def test_a_node_without_its_database(loop, far, seconds):
    async def scenario():
        _, cut_off, _ = await through(far, seconds, lambda: far.machine.cut("database"), lambda: far.machine.mend("database"), 20)
        # Its clients do not notice: there is only nothing to hear for a while.
        assert not any(screen.ends for screen in cut_off)

    loop(scenario())


@pytest.mark.parametrize("seconds", CUTS)
def test_clients_without_their_node(loop, far, seconds):
    async def scenario():
        near, cut_off, _ = await through(far, seconds, lambda: far.machine.cut("clients"), lambda: far.machine.mend("clients"), 20)
        assert not any(screen.ends for screen in near)
        if seconds > 60:
            assert all(screen.resumes for screen in cut_off), "they had to come back by themselves"

    loop(scenario())


@pytest.mark.parametrize("seconds", CUTS)
def test_a_receiver_that_cannot_be_reached(loop, far, seconds):
    async def scenario():
        async def pull():
            far.hook_answer = Receiver.hang

        async def mend():
            far.hook_answer = 200

        # What failed twice is tried again after five minutes.
        await through(far, seconds, pull, mend, 30 if seconds < 5 else 480)

    loop(scenario())
