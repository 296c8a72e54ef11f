"""The phone page as a customer uses it: page, simulated WhatsApp, webhooks, bot, sending, and back to the page."""

import pytest
from playwright.sync_api import expect

WIDER_THAN_THE_SCREEN = """() => [...document.querySelectorAll('body *')]
    .filter((element) => element.getClientRects().length && getComputedStyle(element).position !== 'absolute')
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5)
    .map((element) => `${element.tagName}.${element.className}`)"""


def open_chat(page, restaurant, number):
    page.get_by_role("radio", name=restaurant.name).check()
    page.locator("#phone-number").fill(number)
    page.locator("#setup-form button[type=submit]").tap()
    expect(page.locator("#chat-name")).to_have_text(restaurant.name)


def say(page, words):
    page.locator("#text").fill(words)
    page.locator("#send").tap()


def said_by(page, who):
    return page.locator(f"#entries .row.{who} .bubble")


def attach(page, place):
    page.locator("#attach").tap()
    page.locator("#sheet-body .option").nth(place).tap()


def expect_no_sideways_scrolling(page):
    width = page.evaluate("[document.documentElement, document.body, document.getElementById('log')].map((e) => e.scrollWidth - e.clientWidth)")
    assert max(width) <= 0, f"wider than the screen: {width}"
    assert page.evaluate(WIDER_THAN_THE_SCREEN) == []


def test_an_english_customer_is_greeted_sees_the_menu_and_reaches_a_person(open_phone, restaurants):
    page, restaurant, number = open_phone(), restaurants["en"], "447700900201"
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    open_chat(page, restaurant, number)
    expect(page.locator("#presence")).to_have_text("online")

    say(page, "hello")
    mine, theirs = said_by(page, "mine"), said_by(page, "theirs")
    expect(mine.first.locator(".text")).to_have_text("hello")
    greeting = theirs.first
    expect(greeting.locator(".text")).to_have_text(f"Hello Sara! Welcome to {restaurant.name}. How can we help you?")
    expect(greeting.locator(".choice")).to_have_text(["Menu", "Opening hours", "Talk to a person"])
    # The webhook was answered: one tick.
    expect(mine.first.locator(".ticks.accepted")).to_be_visible()

    greeting.get_by_role("button", name="Menu", exact=True).tap()
    expect(theirs.nth(1).locator(".text")).to_contain_text("Salt beef bagel £7.50")
    expect(mine.nth(1).locator(".text")).to_have_text("Menu")
    expect(mine.nth(1).locator(".quote-box")).to_contain_text("How can we help you?")

    greeting.get_by_role("button", name="Talk to a person").tap()
    expect(theirs.nth(2).locator(".text")).to_have_text("Thank you. A colleague will answer you here shortly.")
    conversation = restaurant.conversation(number)
    assert conversation["mode"] == "agent"

    # A person takes a look: the ticks turn.
    restaurant.ask(f"/api/v1/conversations/{conversation['id']}/read", {})
    expect(page.locator("#entries .row.mine .ticks.read")).to_have_count(3)
    # With a person in charge the bot is silent; what the person is sent is stored.
    say(page, "are you there?")
    expect(mine.nth(3).locator(".ticks.accepted")).to_be_visible()
    senders = [message["sender"] for message in restaurant.messages(number, 7)]
    assert senders[:4] == ["contact", "bot", "contact", "bot"]
    assert senders[6] == "contact"
    expect(theirs).to_have_count(3)


def test_an_arabic_customer_writes_from_right_to_left(open_phone, restaurants):
    page, restaurant = open_phone(), restaurants["ar"]
    # Choosing the restaurant turns an English page round.
    page.get_by_role("radio", name=restaurants["en"].name).check()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    open_chat(page, restaurant, "966500000301")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")

    say(page, "مرحبا")
    greeting = said_by(page, "theirs").first
    expect(greeting.locator(".text")).to_have_text(f"مرحباً سارة! أهلاً بك في {restaurant.name}. كيف يمكننا مساعدتك؟")
    expect(greeting.locator(".choice")).to_have_text(["القائمة", "ساعات العمل", "التحدث مع موظف"])
    # Ours begin at the left, theirs at the right.
    mine, theirs = said_by(page, "mine").first.bounding_box(), greeting.bounding_box()
    assert mine["x"] < 40, mine
    assert theirs["x"] + theirs["width"] > 350, theirs

    greeting.get_by_role("button", name="القائمة").tap()
    expect(said_by(page, "theirs").nth(1).locator(".text")).to_contain_text("كبسة دجاج")
    expect_no_sideways_scrolling(page)


def test_a_place_and_a_picture_arrive(open_phone, restaurants):
    page, restaurant, number = open_phone(), restaurants["en"], "447700900202"
    open_chat(page, restaurant, number)
    say(page, "hello")
    expect(said_by(page, "theirs")).to_have_count(1)

    attach(page, 2)
    place = page.locator("#entries .row.mine .kind-location")
    expect(place).to_contain_text("51.50740, -0.12780")
    expect(place.locator(".ticks.accepted")).to_be_visible()

    attach(page, 1)
    expect(page.locator("#preview-image")).to_be_visible()
    say(page, "like this one")
    picture = page.locator("#entries .row.mine .kind-image")
    expect(picture.locator(".text")).to_have_text("like this one")
    expect(picture.locator(".ticks.accepted")).to_be_visible()
    # It is drawn, not only named.
    expect(picture.locator("img.picture")).to_have_js_property("complete", True)
    assert picture.locator("img.picture").evaluate("(image) => image.naturalWidth") > 100
    expect(page.locator("#preview")).to_be_hidden()

    stored = {message["type"]: message for message in restaurant.messages(number, 6) if message["direction"] == "inbound"}
    assert stored["location"]["location"]["latitude"] == pytest.approx(51.5074)
    assert stored["image"]["image"]["caption"] == "like this one"
    assert stored["image"]["image"]["mimeType"] == "image/jpeg"


@pytest.mark.parametrize("language", ["en", "ar", "id"])
def test_a_small_telephone_never_scrolls_sideways(open_phone, restaurants, language):
    page = open_phone(locale=language, width=360)
    expect(page.get_by_role("radio")).to_have_count(3)
    expect_no_sideways_scrolling(page)
    open_chat(page, restaurants[language], {"en": "447700900203", "ar": "966500000303", "id": "628120000303"}[language])
    expect_no_sideways_scrolling(page)
    say(page, "w" * 200)
    expect(said_by(page, "theirs").first.locator(".choice")).to_have_count(3)
    expect_no_sideways_scrolling(page)
    attach(page, 2)
    expect(page.locator("#entries .row.mine .kind-location")).to_be_visible()
    expect_no_sideways_scrolling(page)


def test_the_conversation_is_there_after_a_reload(open_phone, restaurants):
    page, restaurant, number = open_phone(), restaurants["en"], "447700900204"
    open_chat(page, restaurant, number)
    say(page, "hello")
    expect(said_by(page, "theirs")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("radio", name=restaurant.name)).to_be_checked()
    expect(page.locator("#phone-number")).to_have_value(number)
    page.locator("#setup-form button[type=submit]").tap()
    expect(said_by(page, "mine").first.locator(".text")).to_have_text("hello")
    expect(said_by(page, "theirs").first.locator(".choice")).to_have_count(3)
