"""A browser and the demo restaurants of a running `maitre dev`; DEV_DEMO names its demo.json (Tests/stages/70-browser.sh)."""

import json
import os
import re
import time
import urllib.request

import pytest
from playwright.sync_api import expect, sync_playwright

# Two slow cores run the program, its PostgreSQL and the browser.
expect.set_options(timeout=20_000)


class Restaurant:
    """A demo restaurant with its owner's view of it."""

    def __init__(self, base, data):
        self.base = base
        self.name = data["name"]
        self._headers = {"Authorization": f"Bearer {data['pat']}", "X-Restaurant-Id": data["restaurantId"]}

    def ask(self, path, body=None):
        data, headers = None, dict(self._headers)
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        with urllib.request.urlopen(urllib.request.Request(self.base + path, data, headers), timeout=15) as answer:
            return json.load(answer)

    def conversation(self, number):
        """The conversation with the customer who has this number."""
        found = self.ask(f"/api/v1/conversations?q={number}")["data"]
        assert len(found) == 1, f"{len(found)} conversations with {number}"
        return found[0]

    def messages(self, number, count):
        """What was said with this customer, oldest first, once there are `count` messages: a webhook is answered before it is processed."""
        address = f"/api/v1/conversations/{self.conversation(number)['id']}/messages?since=0"
        deadline = time.monotonic() + 20
        while len(messages := self.ask(address)["data"]) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(messages) == count, [(message["sender"], message["type"]) for message in messages]
        return messages


@pytest.fixture(scope="session")
def demo():
    with open(os.environ["DEV_DEMO"], encoding="utf-8") as file:
        return json.load(file)


@pytest.fixture(scope="session")
def restaurants(demo):
    """The demo restaurants by their language."""
    return {merchant["locale"]: Restaurant(demo["baseUrl"], merchant) for merchant in demo["merchants"]}


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # Debian's browser; its sandbox refuses to run as root, and nothing but our own page is opened.
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.has_failed = report.failed
    return report


@pytest.fixture
def open_page(browser, demo, request):
    """Opens a page of the program; what the browser complains about fails the test, and so does a request to another host. A failure leaves a picture."""
    contexts, complaints, pages = [], [], []

    def guard(route):
        if route.request.url.startswith((demo["baseUrl"] + "/", "data:", "blob:")):
            return route.continue_()
        complaints.append(f"request to another host: {route.request.url}")
        return route.abort()

    def open_page(path, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(demo["baseUrl"] + path)
        return page

    open_page.complaints = complaints
    yield open_page
    if getattr(request.node, "has_failed", True):
        for index, page in enumerate(pages):
            name = re.sub(r"\W+", "-", request.node.name)
            path = os.path.join(os.environ["MAITRE_TEST_DIRECTORY"], f"{name}-{index}.png")
            page.screenshot(path=path)
            print(f"screenshot: {path}")
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def open_phone(open_page):
    """Opens the phone page as on a telephone."""

    def open_phone(locale="en-GB", width=390):
        return open_page("/phone", viewport={"width": width, "height": 844}, locale=locale, has_touch=True, is_mobile=True)

    return open_phone
