"""A stranger's consumer of openapi.yaml: what a generator makes of the file works against the program."""

import importlib
import uuid


def test_every_operation_was_generated(generated, specification):
    methods = {"get", "put", "post", "delete", "patch"}
    operations = [operation for item in specification["paths"].values() for method, operation in item.items() if method in methods]
    assert len(generated.modules) == len(operations)
    for name in generated.modules:
        importlib.import_module(name)


def test_health(generated):
    answer = generated.ask("GET /api/v1/health", generated.anonymous())
    assert answer.status_code == 200
    assert answer.parsed.database.value == "connected"


def test_a_person_logs_in(generated, restaurant):
    """A6; what is not a browser says where it comes from."""
    browser = generated.anonymous(Origin=generated.base)
    wrong = generated.ask("POST /api/v1/auth/login", browser, {"email": restaurant["email"], "password": "not the password"})
    assert (wrong.status_code, wrong.parsed.code) == (401, "login_failed")
    login = generated.ask("POST /api/v1/auth/login", browser, {"email": restaurant["email"], "password": restaurant["password"]})
    assert login.status_code == 200
    session = generated.client(login.parsed.access_token)
    me = generated.ask("GET /api/v1/me", session)
    assert (me.status_code, me.parsed.email) == (200, restaurant["email"])
    bots = generated.ask("GET /api/v1/bots", session, x_restaurant_id=restaurant["restaurantId"])
    assert str(bots.parsed.data[0].id) == restaurant["botId"]


def test_usage_of_one_and_of_all(generated, demo, restaurant, person, platform, conversation):
    own = generated.ask("GET /api/v1/usage", person).parsed
    assert isinstance(own, generated.models.Usage)
    assert str(own.restaurant_id) == restaurant["restaurantId"]
    assert own.conversations_this_month >= 1
    assert own.allowance.monthly_remaining == own.allowance.monthly_limit - own.conversations_this_month
    assert own.last_conversation_at.tzinfo is not None

    page = generated.ask("GET /api/v1/usage", platform, limit=2).parsed
    assert isinstance(page, generated.models.UsagePage)
    assert (len(page.data), page.pagination.total, page.pagination.has_more) == (2, len(demo["merchants"]), True)

    one = generated.ask("GET /api/v1/usage/{restaurantId}", platform, restaurant_id=uuid.UUID(restaurant["restaurantId"])).parsed
    assert len(one.history) == 6
    assert one.history[0].conversation_count == one.conversations_this_month


def test_conversations_page_by_page(generated, person, conversation):
    seen, cursor = [], None
    while True:
        page = generated.ask("GET /api/v1/conversations", person, limit=1, **({"cursor": cursor} if cursor else {})).parsed
        seen += [row.id for row in page.data]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert conversation.id in seen
    assert len(seen) == len(set(seen))
    one = generated.ask("GET /api/v1/conversations/{conversationId}", person, conversation_id=conversation.id).parsed
    assert one.contact.name == "Sara"
    assert one.service_window.open_ is True
    assert one.last_message.direction.value == "outbound"


def test_a_message_is_sent_once(generated, person, conversation):
    models = generated.models
    body = models.TextMessageIn.from_dict({"type": "text", "text": {"body": "Your table is ready."}})
    address, key = "POST /api/v1/conversations/{conversationId}/messages", f"generated-{conversation.id}"
    first = generated.ask(address, person, body, conversation_id=conversation.id, idempotency_key=key)
    again = generated.ask(address, person, body, conversation_id=conversation.id, idempotency_key=key)
    assert first.status_code == again.status_code == 201
    assert first.parsed.id == again.parsed.id
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Location"].endswith(f"/messages/{first.parsed.id}")
    assert first.parsed.text["body"] == "Your table is ready."

    since = generated.ask("GET " + address.split(" ")[1], person, conversation_id=conversation.id, since=first.parsed.sequence - 1).parsed
    assert [message.id for message in since.data] == [first.parsed.id]
    # The other alternatives of the body, nested as deep as they go.
    buttons = models.InteractiveMessageIn.from_dict(
        {"type": "interactive", "interactive": {"type": "button", "body": "More?", "buttons": [{"id": "yes", "title": "Yes"}]}}
    )
    sent = generated.ask(address, person, buttons, conversation_id=conversation.id, idempotency_key=f"{key}-buttons")
    assert sent.status_code == 201
    assert sent.parsed.interactive["body"]


def test_a_template_with_every_kind_of_parameter_survives_the_models(generated):
    """What the generator once left out: the alternatives of a parameter."""
    parameters = [
        {"type": "text", "text": "Sara"},
        {"type": "currency", "currency": {"fallbackValue": "45.50", "code": "SAR", "amount1000": 45500}},
        {"type": "date_time", "dateTime": {"fallbackValue": "Tomorrow"}},
        {"type": "payload", "payload": "yes"},
        {"type": "coupon_code", "couponCode": "TEN"},
        {"type": "action", "action": {"flowToken": "t"}},
    ]
    text = {
        "type": "template",
        "template": {"name": "order_ready", "language": "en", "components": [{"type": "body", "parameters": parameters}]},
    }
    assert generated.models.TemplateMessageIn.from_dict(text).to_dict() == text


def test_refusals_are_problems(generated, person, conversation):
    missing = generated.ask("GET /api/v1/conversations/{conversationId}", person, conversation_id=uuid.uuid4())
    assert (missing.status_code, missing.parsed.code) == (404, "not_found")
    forbidden = generated.ask("GET /api/v1/merchants", person)
    assert (forbidden.status_code, forbidden.parsed.code) == (403, "forbidden")
    wrong = generated.ask("POST /api/v1/bots", person, {"name": ""})
    assert (wrong.status_code, wrong.parsed.code) == (422, "validation_failed")
    assert [error.pointer for error in wrong.parsed.errors] == ["/name"]


def test_the_restaurant_is_chosen_by_a_parameter_too(generated, restaurant):
    client = generated.client(restaurant["pat"])
    assert generated.ask("GET /api/v1/bots", client).parsed.code == "restaurant_required"
    assert generated.ask("GET /api/v1/bots", client, x_restaurant_id=restaurant["restaurantId"]).status_code == 200
