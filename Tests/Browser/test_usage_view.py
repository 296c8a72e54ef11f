"""K3: the React view of usage, bundled as a page would have it and filled by the running program."""

import html
import json
import os
import re
import subprocess
import time
import urllib.request

import pytest
from playwright.sync_api import expect

VIEW = os.path.join("clients", "typescript", "react")


@pytest.fixture(scope="session")
def script(tmp_path_factory):
    """The example page's script, with the client and Debian's React."""
    bundle = tmp_path_factory.mktemp("usage") / "example.js"
    command = ["esbuild", "--bundle", "--jsx=automatic", "--log-level=warning", '--define:process.env.NODE_ENV="production"', f"--outfile={bundle}"]
    subprocess.run([*command, os.path.join(VIEW, "example.tsx")], check=True, env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})
    return bundle.read_text(encoding="utf-8")


@pytest.fixture
def open_usage(browser, demo, script):
    """A page of the program's own host, so that its requests are as those of a dashboard there."""
    contexts, complaints = [], []

    def open_usage(width=1100, language="en", **data):
        context = browser.new_context(viewport={"width": width, "height": 700})
        contexts.append(context)
        attributes = " ".join(f'data-{name.replace("_", "-")}="{html.escape(value)}"' for name, value in data.items())
        with open(os.path.join(VIEW, "usage.css"), encoding="utf-8") as file:
            style = file.read()
        body = f'<!doctype html><html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        body += f'<link rel="icon" href="data:,"><style>{style}</style><div id="usage" {attributes}></div><script src="/usage-view.js"></script></html>'
        context.route(demo["baseUrl"] + "/usage-view", lambda route: route.fulfill(body=body, content_type="text/html"))
        context.route(demo["baseUrl"] + "/usage-view.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(demo["baseUrl"] + "/usage-view")
        return page

    yield open_usage
    for context in contexts:
        context.close()
    assert complaints == []


def ask(demo, path, body=None):
    headers = {"X-API-Key": demo["platformKey"], "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(demo["baseUrl"] + path, data, headers, method="GET" if body is None else "PUT")
    with urllib.request.urlopen(request, timeout=15) as answer:
        return json.load(answer)


def conversation_of(demo, merchant, number):
    """A customer writes to the restaurant, and it is counted."""
    before = ask(demo, f"/api/v1/usage/{merchant['restaurantId']}")["conversationsThisMonth"]
    message = {"phoneNumberId": merchant["channels"][0]["phoneNumberId"], "name": "Sara", "message": {"type": "text", "text": {"body": "hello"}}}
    request = urllib.request.Request(
        f"{demo['baseUrl']}/simulator/customers/{number}/messages", json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=15).close()
    deadline = time.monotonic() + 20
    while ask(demo, f"/api/v1/usage/{merchant['restaurantId']}")["conversationsThisMonth"] == before and time.monotonic() < deadline:
        time.sleep(0.1)


def test_a_restaurant_sees_its_own_figures(open_usage, demo):
    merchant = next(merchant for merchant in demo["merchants"] if merchant["locale"] == "en")
    conversation_of(demo, merchant, f"4477{int(time.time()) % 100000000:08d}")
    used = ask(demo, f"/api/v1/usage/{merchant['restaurantId']}")
    page = open_usage(pat=merchant["pat"], restaurant_id=merchant["restaurantId"], locale="en")
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text(merchant["name"])
    expect(row).to_contain_text(f"{used['conversationsThisMonth']} of 30,000")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(row.locator("time")).to_have_attribute("datetime", re.compile(r"^20\d\d-"))
    expect(page.get_by_role("navigation")).to_have_count(0)


def test_the_platform_turns_pages(open_usage, demo):
    page = open_usage(api_key=demo["platformKey"], page_size="2", locale="en")
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("status")).to_have_text("1 – 2 of 3")
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("status")).to_have_text("3 – 3 of 3")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()


def test_an_allowance_that_is_used_up_is_said_in_words(open_usage, demo):
    merchant = next(merchant for merchant in demo["merchants"] if merchant["locale"] == "id")
    address = f"/api/v1/allowances/{merchant['restaurantId']}"
    limits = {name: ask(demo, address)[name] for name in ("dailyLimit", "monthlyLimit", "perMinute")}
    ask(demo, address, {**limits, "monthlyLimit": 0})
    try:
        page = open_usage(api_key=demo["platformKey"], locale="en")
        row = page.get_by_role("row").filter(has_text=merchant["name"])
        expect(row).to_contain_text("used up")
        expect(row.get_by_role("meter", name=re.compile("conversations: .* of 0"))).to_be_visible()
    finally:
        ask(demo, address, limits)


def test_a_refusal_is_shown_and_can_be_tried_again(open_usage):
    page = open_usage(api_key="mtr_live_wrong")
    expect(page.get_by_role("alert")).to_contain_text("Invalid credential")
    with page.expect_request(lambda request: "/api/v1/usage" in request.url):
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_contain_text("Invalid credential")


def test_right_to_left_on_a_telephone(open_usage, demo):
    page = open_usage(width=360, language="ar", api_key=demo["platformKey"], locale="ar")
    expect(page.get_by_role("row")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
