"""The page of the queues at /admin/queues: who may look, what it shows, and what one can do there, by pointer and by keyboard, on a telephone too."""

import json
import os
import re
import sys
import urllib.error
import urllib.request
import uuid

import pytest
from playwright.sync_api import expect

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "isolation"))
from database import Database  # noqa: E402

WIDE = {"viewport": {"width": 1280, "height": 900}}
NARROW = {"viewport": {"width": 375, "height": 800}, "has_touch": True, "is_mobile": True}
WIDER_THAN_THE_SCREEN = """() => [...document.querySelectorAll('body *')]
    .filter((element) => element.getClientRects().length && !['absolute', 'fixed'].includes(getComputedStyle(element).position) && !element.closest('.hidden, thead'))
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5)
    .map((element) => `${element.tagName}.${element.className}`)"""
# A queue that nobody works on: what is replayed stays where one can see it.
QUEUE = "maintenance"


@pytest.fixture(scope="session")
def database():
    return Database(os.path.dirname(os.environ["DEV_DEMO"]))


@pytest.fixture
def letters(demo, database):
    """Makes dead letters of a kind that no other test has; their numbers, newest first."""

    def letters(count, reason="the provider answered 500", restaurant=0):
        kind = "test_" + uuid.uuid4().hex[:12]
        rows = database.run(
            f"""
            insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error, died_at)
            select '{QUEUE}', '{demo["merchants"][restaurant]["restaurantId"]}', '{kind}-' || n, nextval('queue.jobs_id_seq'), '{kind}',
                '{{"note": "for {kind}"}}', 3, now(), 3, '{reason.replace("'", "''")}', now() - n * interval '1 second'
            from generate_series(1, {count}) n returning id
            """
        )
        return kind, [int(row) for row in rows]

    yield letters
    database.run(f"delete from queue.jobs_dead where queue = '{QUEUE}'; update queue.queues set paused = false, paused_at = null")


def ask(demo, path, method="GET"):
    request = urllib.request.Request(demo["baseUrl"] + "/api/v1" + path, headers={"X-API-Key": demo["platformKey"]}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, None


@pytest.fixture
def board(open_page, demo):
    """The page with the platform key entered, as a reader does it."""

    def board(**options):
        page = open_page("/admin/queues", **(options or WIDE))
        page.get_by_label("Platform key").fill(demo["platformKey"])
        page.get_by_role("button", name="Show queues").click()
        expect(page.get_by_role("heading", name="All queues")).to_be_visible()
        return page

    return board


def queue_row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True))


def find(page, kind, queue=QUEUE):
    page.get_by_label("Queue", exact=True).select_option(queue)
    page.get_by_label("Kind").fill(kind)
    page.get_by_role("button", name="Find", exact=True).click()


def rows_of(page, kind):
    return page.locator("#letter-rows tr").filter(has_text=kind)


def no_sideways_scrolling(page):
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.evaluate(WIDER_THAN_THE_SCREEN) == []


def shot(page, name):
    page.screenshot(path=os.path.join(os.environ["MAITRE_TEST_DIRECTORY"], f"queues-{name}.png"), full_page=True)


def test_the_policy_allows_nothing_inline_and_nobody_else(demo):
    for path in ("", "/app.js", "/queues.css"):
        with urllib.request.urlopen(demo["baseUrl"] + "/admin/queues" + path, timeout=15) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Referrer-Policy"] == "no-referrer"
            text = answer.read().decode()
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';") and "unsafe" not in policy
        assert not re.search(r"<style|style=|<script>|onclick=\"|https?://(?!www\.w3\.org/2000/svg)", text), path


def test_a_reader_needs_the_platform_s_credential(open_page, demo):
    page = open_page("/admin/queues", **WIDE)
    expect(page.get_by_label("Platform key")).to_be_focused()
    shot(page, "entry")
    page.get_by_label("Platform key").fill("mtr_admin_nobody")
    page.get_by_role("button", name="Show queues").click()
    expect(page.get_by_role("alert")).to_contain_text("not accepted")
    # A restaurant's own token is a credential, but not for this.
    page.get_by_label("Platform key").fill(demo["merchants"][0]["pat"])
    page.get_by_role("button", name="Show queues").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#board")).to_be_hidden()
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    open_page.complaints[:] = [line for line in open_page.complaints if "status of 40" not in line]


def test_a_key_lasts_as_long_as_its_tab(board, demo):
    page = board()
    page.reload()
    expect(page.get_by_role("heading", name="All queues")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    page.get_by_role("button", name="Forget credential").click()
    expect(page.get_by_label("Platform key")).to_be_focused()
    expect(page.get_by_label("Platform key")).to_have_value("")
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    expect(page.get_by_label("Platform key")).to_be_visible()
    assert demo["platformKey"] not in page.content()


def test_an_administrator_logs_in_and_is_renewed(open_page, demo, database):
    owner = demo["merchants"][0]
    database.run(f"update platform.people set is_platform_admin = true where email = '{owner['email']}'")
    try:
        page = open_page("/admin/queues", **WIDE)
        page.get_by_text("Log in as an administrator instead").click()
        page.get_by_label("E-mail address").fill(owner["email"])
        page.get_by_label("Password").fill("not this one at all")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Password").fill(owner["password"])
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="All queues")).to_be_visible()
        # The access token is in memory only: after a reload the cookie gets another one.
        assert "eyJ" not in json.dumps(page.evaluate("({...sessionStorage})"))
        with page.expect_response("**/api/v1/auth/refresh") as renewal:
            page.reload()
        assert renewal.value.status == 200
        expect(page.get_by_role("heading", name="All queues")).to_be_visible()
        with page.expect_response("**/api/v1/auth/logout") as ending:
            page.get_by_role("button", name="Forget credential").click()
        assert ending.value.status == 204
        expect(page.get_by_label("Platform key")).to_be_visible()
    finally:
        database.run(f"update platform.people set is_platform_admin = false where email = '{owner['email']}'")
    open_page.complaints[:] = [line for line in open_page.complaints if "status of 401" not in line]


def test_every_queue_is_counted_and_refreshes_itself(board, letters, demo):
    page = board()
    names = [queue["name"] for queue in ask(demo, "/jobs/queues")[1]["data"]]
    for name in names:
        expect(queue_row(page, name)).to_be_visible()
    dead = queue_row(page, QUEUE).locator('[data-label="Dead"]')
    expect(dead).to_have_text("0")
    letters(3)
    # Nobody touches anything.
    expect(dead).to_have_text("3")
    expect(page.locator("#letter-rows tr")).to_have_count(3)
    expect(page.locator("#measured")).to_contain_text("Counted")
    # One who wants quiet gets it.
    page.get_by_label("Refresh every 5 seconds").uncheck()
    page.wait_for_timeout(1000)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(6000)
    assert asked == []


def test_pausing_asks_first_and_holds(board, letters, demo):
    page = board()
    page.get_by_role("button", name=f"Pause {QUEUE}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("No node takes another job")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert ask(demo, f"/jobs/queues/{QUEUE}")[1]["paused"] is False
    page.get_by_role("button", name=f"Pause {QUEUE}").click()
    dialog.get_by_role("button", name="Pause").click()
    expect(queue_row(page, QUEUE)).to_contain_text("paused")
    assert ask(demo, f"/jobs/queues/{QUEUE}")[1]["paused"] is True
    expect(page.get_by_role("status")).to_have_text(f"{QUEUE} is paused.")
    resume = page.get_by_role("button", name=f"Resume {QUEUE}")
    expect(resume).to_be_focused()
    resume.click()
    dialog.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name=f"Pause {QUEUE}")).to_be_visible()
    assert ask(demo, f"/jobs/queues/{QUEUE}")[1]["paused"] is False


def test_the_last_hour_of_a_queue(board, database):
    database.run(
        f"""
        delete from queue.throughput where queue = '{QUEUE}';
        insert into queue.throughput (queue, at, done, retried, dead)
        select '{QUEUE}', date_bin('10 seconds', now(), '2000-01-01Z') - n * interval '10 seconds', 10 + n % 30, n % 4, (n % 60 = 7)::int
        from generate_series(6, 300) n
        """
    )
    page = board()
    name = page.get_by_role("button", name=QUEUE, exact=True)
    expect(name).to_have_attribute("aria-expanded", "false")
    name.click()
    expect(page.get_by_role("heading", name=f"{QUEUE}: the last hour")).to_be_visible()
    expect(name).to_have_attribute("aria-expanded", "true")
    assert page.locator("#history-chart rect").count() > 60
    expect(page.locator("#history-summary")).to_have_text(re.compile(r"^[\d,]+ done, [\d,]+ retried, 5 given up; at most [\d,]+ in a minute\.$"))
    expect(page.locator("#history-limits")).to_contain_text("No limits")
    shot(page, "history")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#history")).to_be_hidden()
    expect(name).to_be_focused()
    database.run(f"delete from queue.throughput where queue = '{QUEUE}'")


def test_one_letter_is_read_replayed_and_discarded(board, letters, demo, database):
    reason = "it broke <img src=x onerror=alert(1)> 'badly'"
    kind, (first, second) = letters(2, reason)
    page = board()
    find(page, kind)
    expect(rows_of(page, kind)).to_have_count(2)
    # What a provider said is text.
    expect(rows_of(page, kind).first).to_contain_text(reason)
    page.get_by_role("button", name=f"Details of {kind}, job {first}").click()
    details = page.get_by_role("dialog", name=f"Job {first}")
    expect(details).to_contain_text(f"for {kind}")
    expect(details).to_contain_text("3 of 3")
    page.keyboard.press("Escape")

    page.get_by_role("button", name=f"Replay {kind}, job {first}").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay").click()
    expect(rows_of(page, kind)).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("It runs again as job")
    assert database.run(f"select count(*) from queue.jobs where kind = '{kind}'") == ["1"]

    page.get_by_role("button", name=f"Discard {kind}, job {second}").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert ask(demo, f"/jobs/{second}")[1]["state"] == "dead"
    page.get_by_role("button", name=f"Discard {kind}, job {second}").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("No dead letter is like this.")).to_be_visible()
    assert ask(demo, f"/jobs/{second}")[0] == 404
    expect(page.get_by_role("button", name="Discard all")).to_be_disabled()


def test_many_letters_by_page_and_all_at_once(board, letters, database):
    kind, ids = letters(60)
    other, _ = letters(1, restaurant=1)
    page = board()
    expect(page.get_by_role("button", name="Replay all")).to_be_disabled()
    find(page, kind)
    expect(rows_of(page, kind)).to_have_count(25)
    page.get_by_role("button", name="Show more").click()
    expect(rows_of(page, kind)).to_have_count(50)
    # Who is reading further is not thrown back by a refresh.
    with page.expect_response("**/api/v1/jobs/queues"):
        pass
    expect(rows_of(page, kind)).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows_of(page, kind)).to_have_count(60)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    shown = [int(re.search(r"no\. (\d+)", text)[1]) for text in page.locator("#letter-rows small").all_inner_texts()]
    assert shown == ids
    page.get_by_role("button", name="Discard all").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"of {QUEUE}, of the kind {kind}")
    dialog.get_by_role("button", name="Discard all").click()
    expect(page.get_by_role("status")).to_have_text("60 jobs discarded.")
    expect(page.get_by_text("No dead letter is like this.")).to_be_visible()
    assert database.run(f"select kind from queue.jobs_dead where queue = '{QUEUE}'") == [other]
    find(page, other)
    page.get_by_role("button", name="Replay all").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay all").click()
    expect(page.get_by_role("status")).to_have_text("1 job put back.")


def test_a_job_is_found_by_its_number(board, letters, open_page):
    _, (job,) = letters(1)
    page = board()
    page.get_by_label("Number of a job").fill(str(job))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=f"Job {job}")).to_contain_text("dead")
    page.get_by_role("button", name="Close").click()
    page.get_by_label("Number of a job").fill("9007199254740991")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("There is no job")
    open_page.complaints[:] = [line for line in open_page.complaints if "status of 404" not in line]


def test_a_server_that_is_away_is_said_and_the_last_counts_stay(board, open_page):
    page = board()
    page.context.route("**/api/v1/jobs/**", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(queue_row(page, QUEUE)).to_be_visible()
    page.context.unroute("**/api/v1/jobs/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    open_page.complaints.clear()


def test_by_keyboard_alone_and_the_focus_survives_a_refresh(board, letters):
    kind, (first, second) = letters(2)
    page = board()
    button = page.get_by_role("button", name=f"Discard {kind}, job {first}")
    button.focus()
    with page.expect_response("**/api/v1/jobs/dead-letters*"):
        pass
    page.wait_for_timeout(200)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    # The safe answer has the focus; the other one is the next.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(rows_of(page, kind)).to_have_count(1)
    expect(page.get_by_role("button", name=f"Details of {kind}, job {second}")).to_be_focused()


@pytest.mark.parametrize(("options", "name"), [(WIDE, "desktop"), (NARROW, "telephone"), ({"viewport": {"width": 980, "height": 900}}, "tablet")])
def test_it_fits_the_screen(board, letters, options, name):
    letters(5, "a reason that is long, with an_unbroken_word_that_is_very_long_indeed_and_does_not_end_before_the_screen_does_" + "x" * 200)
    page = board(**options)
    expect(page.locator("#letter-rows tr")).to_have_count(5)
    page.get_by_role("button", name="inbound", exact=True).click()
    expect(page.locator("#history")).to_be_visible()
    no_sideways_scrolling(page)
    shot(page, name)
    page.get_by_role("button", name=re.compile("^Details of")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    no_sideways_scrolling(page)
    shot(page, name + "-dialog")


def test_in_the_dark(board, letters):
    letters(2)
    page = board(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    expect(page.locator("#letter-rows tr")).to_have_count(2)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 18)"
    shot(page, "dark")
