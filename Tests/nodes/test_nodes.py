"""H4: it does not matter which node a client reaches, nor whether that node dies under it."""

import asyncio
import os
import time

from rig import ended, running

MESSAGES = """
    select merchant_id merchant, id, status, direction = 'inbound' or status in ('sent', 'delivered', 'read') told from app.messages"""
SOCKETS = int(os.environ.get("MAITRE_NODES_SOCKETS", "1000"))


def test_an_event_of_one_node_reaches_sockets_of_both(loop, rig):
    async def scenario():
        merchant, other = rig.merchants[:2]
        first, second = rig.installation.server_ports
        screens = [rig.screen(merchant, first), rig.screen(merchant, second), rig.screen(merchant)]
        elsewhere = [rig.screen(other, first), rig.screen(other, second)]
        before = await rig.events()
        tasks = await running(screens + elsewhere)
        for port in (first, second):
            await rig.customer_says(merchant, port, "966500000001")
        await rig.until(lambda: len(screens[0].messages) >= 2, 20, "the messages did not come")
        conversation = (await rig.ask("GET", "/api/v1/conversations", merchant))["data"][0]["id"]
        for port, mode in ((first, "paused"), (second, "bot")):
            start = time.monotonic()
            await rig.ask("PATCH", f"/api/v1/conversations/{conversation}", merchant, {"mode": mode}, port)
            await rig.until(lambda: all(screen.modes.get(conversation) == mode for screen in screens), 5, "the change did not reach every socket")
            assert time.monotonic() - start < 2, "it waits for a poll, or for longer"
        await rig.quiet()
        after = (await rig.events())[merchant][len(before[merchant]):]
        await rig.until(lambda: all(len(screen.ids) >= len(after) for screen in screens), 5, "events are missing")
        for screen in screens:
            assert screen.ids == after
            assert not screen.foreign and not screen.findings and not screen.twice
        assert not any(screen.ids for screen in elsewhere)
        await ended(screens + elsewhere, tasks)

    loop(scenario())


def test_sockets_of_a_killed_node_go_on_at_the_other(loop, rig):
    async def scenario():
        cluster = rig.installation.cluster
        before = await rig.events()
        earlier = {row["id"] for row in await cluster.query(MESSAGES)}
        screens = [rig.screen(rig.merchants[number % len(rig.merchants)]) for number in range(SOCKETS)]
        tasks = await running(screens)
        traffic = asyncio.create_task(rig.traffic(14, 15))
        await asyncio.sleep(4)
        victim = rig.installation.servers[0]
        killed = time.monotonic()
        await victim.kill()
        await asyncio.sleep(0.2)
        lost = [screen for screen in screens if screen.ends]
        # nginx gives each node its turn.
        assert SOCKETS / 4 < len(lost) < SOCKETS * 3 / 4, f"{len(lost)} of {SOCKETS} sockets were on the node that was killed"
        await rig.until(lambda: all(screen.ready.is_set() for screen in screens), 20, lambda: f"{sum(not s.ready.is_set() for s in screens)} sockets are not back")
        back = time.monotonic() - killed
        await victim.start()
        await traffic
        await rig.quiet()
        after = {merchant: ids[len(before[merchant]):] for merchant, ids in (await rig.events()).items()}
        assert sum(map(len, after.values())) > 200
        await rig.until(lambda: all(len(screen.ids) >= len(after[screen.merchant]) for screen in screens), 20,
                        lambda: f"{sum(len(s.ids) < len(after[s.merchant]) for s in screens)} screens miss events")
        rows = await cluster.query(MESSAGES)
        statuses = {(row["merchant"], row["id"]): row["status"] for row in rows}
        modes = {(row["merchant"], row["id"]): row["mode"] for row in await cluster.query("select merchant_id merchant, id, mode from app.conversations")}
        for screen in screens:
            # In order, nothing missing, nothing twice, not even before a client dedupes; nothing of another merchant.
            assert screen.ids == after[screen.merchant], f"a screen of {screen.merchant} was told something else than what happened"
            assert not screen.twice, "what was handled is told again after a resume"
            assert not screen.lost and not screen.findings and not screen.foreign
            for message, status in screen.messages.items():
                assert statuses[screen.merchant, message] == status
            for conversation, mode in screen.modes.items():
                assert modes[screen.merchant, conversation] == mode
        # Whatever came in or went out is on every screen of its merchant.
        for screen in screens:
            assert set(screen.messages) >= {row["id"] for row in rows if row["merchant"] == screen.merchant and row["told"]} - earlier
        assert all(screen.resumes >= 1 for screen in lost), "a socket came back without its position"
        # Webhooks: at least once each, and each receiver its own merchant's only.
        everything = await rig.events()
        for merchant in rig.merchants:
            assert set(rig.hooks.get(merchant, [])) == set(everything[merchant]) - await untold(rig, merchant)
        assert not rig.findings
        assert "ticket=" not in rig.nginx.log()
        frames = sum(len(screen.ids) for screen in screens)
        print(f"nodes: {SOCKETS} sockets, {len(lost)} lost their node and were back after {back:.2f} s; {sum(map(len, after.values()))} events, {frames} frames")
        await ended(screens, tasks)

    loop(scenario())


def test_a_burst_for_every_merchant_at_once(loop, rig):
    """Whoever gives events to the merchants' jobs and those who work on these jobs take the queue's rows in one order: nobody waits for a deadlock to be found."""
    number = 2000

    async def scenario():
        cluster = rig.installation.cluster
        merchants = "{" + ",".join(rig.merchants) + "}"
        before = {merchant: set(ids) for merchant, ids in rig.hooks.items()}
        start = time.monotonic()
        rows = await cluster.script(
            "insert into app.events (merchant_id, id, type, data) "
            f"select ('{merchants}'::uuid[])[1 + n % {len(rig.merchants)}], app.uuid_v7(), 'conversation_updated', jsonb_build_object('number', n) "
            f"from generate_series(1, {number}) n returning merchant_id || ' ' || id", "notify maitre_jobs, '@events'")
        wanted = {}
        for merchant, event in (row.split() for row in rows):
            wanted.setdefault(merchant, set()).add(event)
        assert sum(map(len, wanted.values())) == number

        def arrived():
            return all(events <= set(rig.hooks.get(merchant, [])) for merchant, events in wanted.items())

        await rig.until(arrived, 60, "webhooks are missing")
        print(f"nodes: {number} events of {len(rig.merchants)} merchants at their receivers after {time.monotonic() - start:.1f} s")
        await rig.quiet()
        for merchant, events in wanted.items():
            assert set(rig.hooks[merchant]) - before.get(merchant, set()) == events
        rows = await cluster.query("select deadlocks from pg_stat_database where datname = current_database()")
        assert rows == [{"deadlocks": 0}]

    loop(scenario())


async def untold(rig, merchant):
    """Events from before the endpoint was made."""
    rows = await rig.installation.cluster.query(
        f"select e.id from app.events e join app.webhook_endpoints w on w.merchant_id = e.merchant_id "
        f"where e.merchant_id = '{merchant}' and e.created_at < w.created_at")
    return {row["id"] for row in rows}
