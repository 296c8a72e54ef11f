"""The reference and the guides at /docs: nothing from other hosts, a strict policy, and a console that asks the real API."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import expect

WIDE = {"viewport": {"width": 1280, "height": 900}}
NARROW = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}
GUIDES = ["authentication", "errors", "problem-codes", "paging", "idempotency", "realtime", "webhooks", "typescript"]


def policy_of(address):
    with urllib.request.urlopen(address, timeout=15) as answer:
        directives = answer.headers["Content-Security-Policy"].split(";")
    return {name: sources for name, *sources in (directive.split() for directive in directives)}


@pytest.fixture
def reference(open_page):
    def reference(**options):
        page = open_page("/docs", **options)
        expect(page.locator("body[data-ready]")).to_be_attached()
        expect(page.locator(".opblock").first).to_be_visible()
        return page

    return reference


def use(page, key, restaurant=""):
    page.get_by_role("textbox", name="Key or token").fill(key)
    page.get_by_role("textbox", name="Restaurant", exact=True).fill(restaurant)
    page.get_by_role("button", name="Use", exact=True).click()


def open_operation(page, operation):
    """Finds the operation as a reader would, and unfolds it."""
    page.get_by_placeholder(re.compile("Find an operation")).fill(operation)
    block = page.locator(".opblock").filter(has=page.locator(".opblock-summary-operation-id", has_text=re.compile(f"^{operation}$")))
    expect(block).to_have_count(1)
    block.locator(".opblock-summary-control").click()
    expect(block.locator(".btn.execute")).to_be_visible()
    return block


def execute(page, block):
    """What the API answered to a request of the console: status, request and body."""
    with page.expect_response(lambda response: "/api/v1/" in response.url) as waiting:
        block.locator(".btn.execute").click()
    response = waiting.value
    shown = block.locator(".live-responses-table tbody .response-col_status").first
    expect(shown).to_contain_text(str(response.status))
    return response


@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
def test_the_policy_allows_nothing_inline_and_nobody_else(demo, path):
    policy = policy_of(demo["baseUrl"] + path)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in str(policy)


def test_every_operation_is_there(reference, demo):
    page = reference(**WIDE)
    with urllib.request.urlopen(demo["baseUrl"] + "/openapi.json", timeout=15) as answer:
        description = json.load(answer)
    methods = {"get", "put", "post", "delete", "patch"}
    operations = {item[method]["operationId"] for item in description["paths"].values() for method in methods & item.keys()}
    # What Maitre calls is shown below what it answers.
    webhooks = [item["post"].get("operationId") for item in description.get("webhooks", {}).values()]
    expect(page.locator(".opblock")).to_have_count(len(operations) + len(webhooks))
    assert set(page.locator(".opblock-summary-operation-id").all_inner_texts()) == operations | set(filter(None, webhooks))


def test_a_token_in_the_console_gets_a_real_answer(reference, restaurants, demo):
    page = reference(**WIDE)
    merchant = next(merchant for merchant in demo["merchants"] if merchant["locale"] == "en")
    use(page, merchant["pat"], merchant["restaurantId"])
    expect(page.get_by_role("status")).to_contain_text(merchant["restaurantId"])

    block = open_operation(page, "listBots")
    answer = execute(page, block)
    assert answer.status == 200
    assert answer.request.headers["authorization"] == f"Bearer {merchant['pat']}"
    assert "x-api-key" not in answer.request.headers
    assert merchant["botId"] in answer.text()
    expect(block.locator(".live-responses-table")).to_contain_text(merchant["botId"])
    # The token is in no address and nowhere that outlives the page.
    assert merchant["pat"] not in page.url
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


def test_a_key_in_the_console_is_sent_as_a_key_and_can_be_forgotten(reference, open_page, demo):
    page = reference(**WIDE)
    use(page, demo["platformKey"])
    block = open_operation(page, "listMerchants")
    answer = execute(page, block)
    assert answer.status == 200
    assert answer.request.headers["x-api-key"] == demo["platformKey"]
    assert "authorization" not in answer.request.headers

    page.get_by_role("button", name="Forget", exact=True).click()
    answer = execute(page, block)
    assert answer.status == 401
    assert "x-api-key" not in answer.request.headers
    expect(block.locator(".live-responses-table")).to_contain_text("credential_required")
    # The browser's own note of the refusal that was wanted.
    open_page.complaints[:] = [text for text in open_page.complaints if "status of 401" not in text]


def test_a_body_is_sent_from_its_example(reference, demo):
    page = reference(**WIDE)
    merchant = next(merchant for merchant in demo["merchants"] if merchant["locale"] == "en")
    use(page, merchant["pat"], merchant["restaurantId"])
    answer = execute(page, open_operation(page, "createBot"))
    assert answer.status == 201
    assert answer.json()["name"] == "Front desk"


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_is_read_from_top_to_bottom(open_page, guide):
    page = open_page("/docs", **WIDE)
    link = page.locator(f'nav a[href="/docs/{guide}"]')
    title = link.inner_text()
    link.click()
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("nav a[aria-current]")).to_have_text(title)
    # Links between guides lead somewhere.
    for address in page.eval_on_selector_all("main a", "links => links.map(link => link.href)"):
        if address.startswith(page.url.split("/docs")[0]):
            assert page.request.get(address).status == 200, address
            fragment = address.partition("#")[2]
            assert not fragment or f'id="{fragment}"' in page.request.get(address).text(), address


@pytest.mark.parametrize("path", ["/docs", "/docs/authentication", "/docs/problem-codes", "/docs/webhooks", "/docs/typescript"])
def test_no_page_is_wider_than_a_telephone(open_page, path):
    page = open_page(path, **NARROW)
    if path == "/docs":
        expect(page.locator(".opblock").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_reference_is_dark_where_the_reader_wants_it(reference):
    page = reference(**WIDE, color_scheme="dark")
    ink, paper = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert ink == "rgb(237, 243, 240)" and paper == "rgb(23, 32, 29)"
    expect(page.locator("html.dark-mode")).to_be_attached()


def test_the_description_is_served_as_it_is(demo):
    with urllib.request.urlopen(demo["baseUrl"] + "/openapi.yaml", timeout=15) as answer:
        served = answer.read()
        assert answer.headers["Content-Type"].startswith("application/yaml")
    with open("openapi.yaml", "rb") as file:
        assert served == file.read()
