"""Spoils the real file in one way at a time: each breach has to be found, and what only adds has to pass."""

import copy
import datetime
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import compatibility  # noqa: E402
from lint import load  # noqa: E402

ROOT = load(os.path.join(os.path.dirname(__file__), "..", "..", "openapi.yaml"))
BOTS, BOT, SEND = "/api/v1/bots", "/api/v1/bots/{botId}", "/api/v1/conversations/{conversationId}/messages"
TODAY = datetime.date(2026, 7, 1)


def schemas(root):
    return root["components"]["schemas"]


def member(root, schema, name):
    return schemas(root)[schema]["properties"][name]


def compare(change, before=lambda root: None, accepted=None):
    old = copy.deepcopy(ROOT)
    before(old)
    new = copy.deepcopy(old)
    change(new)
    return compatibility.breaches(old, new, accepted, TODAY)


def both(root):
    """An event, since the file may have none yet."""
    content = {"application/json": {"schema": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}}}}
    root["webhooks"] = {"message_received": {"post": {"requestBody": {"content": content}}}}


def deprecate(root, sunset="2026-06-30"):
    root["paths"][BOTS]["post"].update({"deprecated": True, "x-sunset": sunset})


def event(root):
    return root["webhooks"]["message_received"]["post"]["requestBody"]["content"]["application/json"]["schema"]


# (what is expected in the findings, the change, what the released file has besides)
BREACHES = {
    "path": ("the path is gone", lambda r: r["paths"].pop(BOT)),
    "operation": ("POST /api/v1/bots: the operation is gone", lambda r: r["paths"][BOTS].pop("post")),
    "operation before its sunset": (
        "the operation is gone",
        lambda r: r["paths"][BOTS].pop("post"),
        lambda r: deprecate(r, "2026-07-02"),
    ),
    "operation without a sunset": ("the operation is gone", lambda r: r["paths"][BOTS].pop("post"), lambda r: deprecate(r) or r["paths"][BOTS]["post"].pop("x-sunset")),
    "operationId": ("operationId createBot is now makeBot", lambda r: r["paths"][BOTS]["post"].update(operationId="makeBot")),
    "tag": ("the tag changed", lambda r: r["paths"][BOTS]["post"].update(tags=["Channels"])),
    "deprecated in silence": ("deprecated without Sunset on 201", lambda r: r["paths"][BOTS]["post"].update(deprecated=True)),
    "credential": ("no credential is not enough", lambda r: r["paths"]["/livez"]["get"].update(security=[{"bearer": []}])),
    "one kind of credential": ("apiKey is not enough", lambda r: r["paths"][BOTS]["get"].update(security=[{"bearer": []}])),
    "scope": ("scope admin is needed now", lambda r: r["paths"][BOTS]["get"]["x-scopes"].append("admin")),
    "role": ("role agent may not", lambda r: r["paths"][BOTS]["get"]["x-roles"].remove("agent")),
    "security scheme": ("security scheme apiKey: name changed", lambda r: r["components"]["securitySchemes"]["apiKey"].update(name="X-Key")),
    "base": ("is not served under /api any more", lambda r: r["x-bases"]["/api/v1"].clear()),
    "base of one path": ("without a version", lambda r: r["paths"][BOTS].update({"x-unversioned": False})),
    # Parameters
    "parameter": ("query limit: the parameter is gone", lambda r: r["paths"][BOTS]["get"]["parameters"].pop(0)),
    "new required parameter": (
        "query colour: a new parameter is required",
        lambda r: r["paths"][BOTS]["get"]["parameters"].append({"name": "colour", "in": "query", "required": True, "schema": {"type": "string"}}),
    ),
    "parameter becomes required": ("the parameter is required now", lambda r: r["components"]["parameters"]["RestaurantId"].update(required=True)),
    "parameter's limit": ("query cursor: maxLength is narrower", lambda r: r["components"]["parameters"]["Cursor"]["schema"].update(maxLength=100)),
    "parameter's default": ("query limit: the default changed", lambda r: r["components"]["parameters"]["Limit"]["schema"].update(default=50)),
    # Requests
    "new required body": (
        "a body is required now",
        lambda r: r["paths"][SEND + "/{messageId}/resend"]["post"].update(requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}),
    ),
    "body becomes required": ("the body is required now", lambda r: r["paths"]["/api/v1/conversations/{conversationId}/read"]["post"]["requestBody"].update(required=True)),
    "no body": ("takes no body any more", lambda r: r["paths"][BOTS]["post"].pop("requestBody")),
    "media type of a body": (
        "application/json is not taken any more",
        lambda r: r["paths"][BOTS]["post"]["requestBody"].update(content={"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}),
    ),
    "new required member": (
        "body.colour: the member is required now",
        lambda r: (schemas(r)["BotIn"]["properties"].update(colour={"type": "string"}), schemas(r)["BotIn"]["required"].append("colour")),
    ),
    "member becomes required": ("body.menu: the member is required now", lambda r: schemas(r)["BotIn"]["required"].append("menu")),
    "member of a request": ("body.menu: the member is gone", lambda r: schemas(r)["BotIn"]["properties"].pop("menu")),
    "narrower enum": ("body.mode: 'paused' is not taken", lambda r: schemas(r)["ConversationMode"]["enum"].remove("paused")),
    "enum where there was none": ("body.name: only certain values", lambda r: member(r, "BotIn", "name").update(enum=["Bot"])),
    "narrower maximum": ("messagesPerSecond: maximum is narrower", lambda r: member(r, "ChannelPatch", "messagesPerSecond").update(maximum=100)),
    "narrower minimum": ("messagesPerSecond: minimum is narrower", lambda r: member(r, "ChannelPatch", "messagesPerSecond").update(minimum=2)),
    "shorter text": ("body.name: maxLength is narrower", lambda r: member(r, "BotIn", "name").update(maxLength=79)),
    "new pattern": ("body.name: pattern changed", lambda r: member(r, "BotIn", "name").update(pattern="^[a-z]+$")),
    "null in a request": ("body.greeting: null is not taken any more", lambda r: member(r, "BotIn", "greeting").update(type="string")),
    "type in a request": ("body.typing: boolean is not taken", lambda r: member(r, "ReadMarkIn", "typing").update(type="integer")),
    "alternative of a request": ("type audio", lambda r: schemas(r)["MessageIn"]["oneOf"].pop(3)),
    "deep in an alternative": ("body.text.body: maxLength is narrower", lambda r: member(r, "TextMessageIn", "text")["properties"]["body"].update(maxLength=10)),
    "fewer items": ("buttons: maxItems is narrower", lambda r: member(r, "ButtonsIn", "buttons").update(maxItems=2)),
    "closed free form": (
        "further members are refused now",
        lambda r: schemas(r)["FormIn"]["properties"]["flow"]["properties"]["data"].update(additionalProperties=False),
    ),
    # Answers
    "status": ("POST /api/v1/bots 422: the status is gone", lambda r: r["paths"][BOTS]["post"]["responses"].pop("422")),
    "status of success": ("GET /api/v1/bots 206: a new status of success", lambda r: r["paths"][BOTS]["get"]["responses"].update({"206": {"description": "Part."}})),
    "header": ("header Location is gone", lambda r: r["paths"][BOTS]["post"]["responses"]["201"]["headers"].pop("Location")),
    "media type of an answer": (
        "application/json is not answered",
        lambda r: r["paths"][BOTS]["get"]["responses"]["200"].update(content={"text/csv": {"schema": {"type": "string"}}}),
    ),
    "member of an answer": ("201.menu: the member is gone", lambda r: schemas(r)["Bot"]["properties"].pop("menu")),
    "member may be missing": ("greeting: the member may be missing now", lambda r: schemas(r)["Bot"]["required"].remove("greeting")),
    "null in an answer": ("201.name: may be null now", lambda r: member(r, "Bot", "name").update(type=["string", "null"])),
    "null beside a reference": ("lastSequence: may be null now", lambda r: schemas(r)["Sequence"].update(type=["integer", "null"])),
    "type in an answer": ("version: may be string now", lambda r: schemas(r)["Version"].update(type="string")),
    "wider enum": ("may be 'sleeping' now", lambda r: member(r, "Message", "status")["enum"].append("sleeping")),
    "value of an extensible string": ("code: 'not_found' is gone", lambda r: schemas(r)["ProblemCode"]["enum"].remove("not_found")),
    "enum becomes text": ("direction: may have any value now", lambda r: schemas(r)["Direction"].pop("enum")),
    "longer text": ("phone: maxLength is wider", lambda r: member(r, "Contact", "phone").update(maxLength=40)),
    "no limit": ("unreadCount: maximum is wider", lambda r: member(r, "Conversation", "unreadCount").pop("maximum")),
    "format of an answer": ("createdAt: format changed", lambda r: member(r, "Bot", "createdAt").pop("format")),
    "event": ("webhook message_received: the event is gone", lambda r: r["webhooks"].clear(), both),
    "member of an event": ("webhook message_received.type: the member is gone", lambda r: event(r)["properties"].clear() or event(r)["required"].clear(), both),
}

ADDITIONS = {
    "nothing": lambda r: None,
    "operation": lambda r: r["paths"].update({"/api/v1/robots": r["paths"][BOTS]}),
    "optional parameter": lambda r: r["paths"][BOTS]["get"]["parameters"].append({"name": "colour", "in": "query", "schema": {"type": "string"}}),
    "optional member of a request": lambda r: schemas(r)["BotIn"]["properties"].update(colour={"type": "string"}),
    "member of a request becomes optional": lambda r: schemas(r)["MerchantIn"]["required"].remove("currency"),
    "member of an answer": lambda r: (schemas(r)["Bot"]["properties"].update(colour={"type": "string"}), schemas(r)["Bot"]["required"].append("colour")),
    "longer text in a request": lambda r: member(r, "BotIn", "name").update(maxLength=200),
    "shorter text in an answer": lambda r: member(r, "Bot", "name").update(maxLength=40),
    "never null any more": lambda r: member(r, "Bot", "menu").update(type="string"),
    "null in a request": lambda r: member(r, "BotIn", "name").update(type=["string", "null"]),
    "alternative of a request": lambda r: schemas(r)["MessageIn"]["oneOf"].append(
        {"type": "object", "additionalProperties": False, "properties": {"type": {"const": "poll"}}, "required": ["type"]}
    ),
    "value of an extensible string": lambda r: schemas(r)["ProblemCode"]["enum"].append("too_tired"),
    "status of failure": lambda r: r["paths"][BOTS]["get"]["responses"].update({"423": {"$ref": "#/components/responses/Conflict"}}),
    "role": lambda r: r["paths"][BOTS]["post"]["x-roles"].append("agent"),
    "words": lambda r: (r["info"].update(description="Other."), schemas(r)["Bot"].update(description="Other.")),
    "reference instead of the schema": lambda r: schemas(r).update(
        Own=member(r, "Bot", "name"), Bot={**schemas(r)["Bot"], "properties": {**schemas(r)["Bot"]["properties"], "name": {"$ref": "#/components/schemas/Own"}}}
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found(name):
    expected, change, *before = BREACHES[name]
    found = compare(change, *before)
    assert any(expected in finding for finding in found), f"{expected!r} is not among {found}"


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_addition_passes(name):
    assert compare(ADDITIONS[name]) == []


def test_what_was_announced_may_go_after_its_sunset():
    assert compare(lambda r: r["paths"][BOTS].pop("post"), deprecate) == []


def test_an_accepted_breach_is_left_out_and_an_idle_acceptance_is_found():
    text = "POST /api/v1/bots: operationId createBot is now makeBot"
    change = lambda r: r["paths"][BOTS]["post"].update(operationId="makeBot")  # noqa: E731
    assert compare(change, accepted={text: "a reason"}) == []
    assert compare(change, accepted={f"anywhere: {text[-20:]}": "a reason"}) == []
    assert compare(lambda r: None, accepted={text: "a reason"}) == [f"accepted, but there is no such breach: {text}"]


def test_a_schema_that_contains_itself_ends():
    def recursive(root):
        schemas(root)["Bot"]["properties"]["parent"] = {"$ref": "#/components/schemas/Bot"}

    assert compare(lambda r: None, recursive) == []
    found = compare(lambda r: member(r, "Bot", "name").update(type="integer"), recursive)
    assert any("name" in finding for finding in found)
