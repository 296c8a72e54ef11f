"""That these tests can fail: a leak is found, a difference is found, and so is an operation that no recipe covers."""

import copy

import pytest
from callers import Caller, at, bearer, key
from client import Answer, Request
from matrix import Matrix, normal
from recipes import Placement, Recipes
from specification import Specification

SPECIFICATION = Specification.load()
OPERATIONS = {operation.id: operation for operation in SPECIFICATION.operations()}
PROBLEM = b'{"code":"not_found","instance":"/x/%s"}'


@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS.values() if not operation.public], ids=lambda operation: operation.id
)
def test_the_owner_in_the_place_of_the_other_is_reported(world, operation):
    """The whole matrix once more, with C sought, and C's own credential as that of the other: every operation must be reported."""
    c = world.c
    own = [
        Caller("C's own token", (bearer(c.token), at(c.id)), acts=True),
        Caller("C's owner's session", (bearer(c.team["owner"]), at(c.id)), acts=True, kind="session"),
        Caller("the platform key", (key(world.platform_key), at(c.id)), refusal=(403, "restaurant_forbidden"), kind="platform"),
    ]
    matrix = Matrix(world.client, Recipes(c, world.b), c.fingerprints(), set())
    before = c.state()
    try:
        matrix.run(operation, own)
    finally:
        if operation.id in ("suspendMerchant", "closeMerchant"):
            for restaurant in (c, world.b):
                restaurant.reactivate(world.platform_key)
        # What was done to C's owner may keep it from reading; then there are findings.
        changes = [] if matrix.findings else c.changes(before)
        world.recover()
    if operation.path_parameters and operation.id != "createChannel":
        assert any("expected (404" in finding or "expected (403" in finding for finding in matrix.findings), matrix.findings[:3]
    if operation.method == "GET":
        of_nobody = operation.id in (
            "listQuarantine",
            "listPlatformKeys",
            "getPlatformKey",
            "listPlatformAdmins",
            "listPlatformInvitations",
            "getPlatformInvitation",
            "listQueues",
            "getQueue",
        )
        assert any("is A's" in finding for finding in matrix.findings) or of_nobody, matrix.findings[:3]
    assert matrix.findings or changes
    if operation.is_platform:
        # The platform key did make restaurants.
        world.rest()


def test_what_the_owner_does_is_noticed(world):
    """The comparison of states sees a change of one word."""
    c = world.c
    before = c.state()
    assert c.changes(before) == []
    c.ask("POST", "/api/v1/bots", {"name": "one more"})
    assert any("row new: app.bots" in change for change in c.changes(before))
    assert any("GET /api/v1/bots" in change for change in c.changes(before))


def test_the_owner_reads_what_is_sought(world):
    """Every reading of A's by A has something that the tests look for: without, finding nothing would prove nothing."""
    for operation in OPERATIONS.values():
        if operation.method != "GET" or operation.public or operation.is_platform:
            continue
        found = []
        for sample in world.a.samples(operation.path_parameters) if operation.path_parameters else [{}]:
            for path in operation.paths(sample):
                credential = world.a.token if "token" in operation.kinds else world.a.team["owner"].credential
                request = Request("GET", path, (), (bearer(credential), at(world.a.id)))
                answer = world.client.send(request)
                assert answer.status == 200, f"{request}: {answer.body[:300]}"
                found.append(world.leaks(request, answer))
        # A bot's own words that never went out have nothing of the kind.
        assert sum(map(bool, found)) > len(found) / 2, f"{operation.id}: {found}"


class Echo:
    """A server that says what it is told to."""

    count = 0

    def __init__(self, *answers):
        self.answers = list(answers)

    def send(self, request):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Nobody:
    a = type("A", (), {"id": "a-restaurant"})

    def __init__(self, placement):
        self.placements = lambda operation: [placement]


@pytest.mark.parametrize(
    ("answers", "finding"),
    [
        ([(404, (), PROBLEM % b"one"), (404, (), PROBLEM % b"two")], None),
        ([(404, (("date", "1"),), PROBLEM % b"one"), (404, (("date", "2"),), PROBLEM % b"two")], None),
        ([(403, (), PROBLEM % b"one")] * 2, "expected (404"),
        ([(404, (), PROBLEM % b"one"), (404, (), PROBLEM % b"two" + b" ")], "differs"),
        ([(404, (("etag", '"v1"'),), PROBLEM % b"one"), (404, (), PROBLEM % b"two")], "differs"),
        ([(404, (), PROBLEM % b"one"), (400, (), PROBLEM % b"two")], "differs"),
        ([(404, (), PROBLEM % b"one secret"), (404, (), PROBLEM % b"two secret")], "'secret' is A's"),
        ([(404, (("location", "/secret"),), PROBLEM % b"one")] * 2, "'secret' is A's"),
        ([(500, (), PROBLEM % b"one"), (500, (), PROBLEM % b"two")], "expected (404"),
    ],
)
def test_differences_are_found(answers, finding):
    placement = Placement("path", {"botId": "one"}, frozenset({(404, "not_found")}), twins={"one": "two"})
    matrix = Matrix(Echo(*[Answer(*answer) for answer in answers]), Nobody(placement), {"secret"}, set())
    caller = Caller("somebody", (), acts=True)
    operation = OPERATIONS["getBot"]
    matrix.ask(operation, caller, placement, "/api/v1/bots/one", placement.expected)
    if finding is None:
        assert matrix.findings == []
    else:
        assert any(finding in found for found in matrix.findings), matrix.findings


def test_what_was_made_may_differ_but_not_in_what_it_says():
    first = Answer(201, (), b'{"id":"01938f5e-0000-7000-8000-000000000001","sequence":1,"createdAt":"2026-01-31T18:30:00.000Z","name":"x"}')
    again = Answer(201, (), b'{"id":"01938f5e-0000-7000-8000-000000000002","sequence":2,"createdAt":"2026-01-31T18:30:01.000Z","name":"x"}')
    other = Answer(201, (), b'{"id":"01938f5e-0000-7000-8000-000000000002","sequence":2,"createdAt":"2026-01-31T18:30:01.000Z","name":"y"}')
    assert normal(first, {}) == normal(again, {}) != normal(other, {})


def changed(change):
    root = copy.deepcopy(SPECIFICATION.root)
    change(root)
    return Specification(root).operations()


def new_operation(path="/api/v1/orders/{orderId}", method="get", **members):
    operation = {
        "operationId": "newOne",
        "security": [{"bearer": []}],
        "x-roles": ["owner"],
        "x-scopes": [],
        "responses": {"200": {}},
    } | members
    return lambda root: root["paths"].update({path: {"parameters": [], method: operation}})


def parameter(name, where):
    return {"name": name, "in": where, "schema": {"type": "string"}}


def body(schema, **content):
    return {"content": {"application/json": {"schema": schema} | content}}


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (new_operation(), "the path parameter orderId"),
        (new_operation("/api/v1/orders", parameters=[parameter("table", "query")]), "the query parameter table"),
        (new_operation("/api/v1/orders", parameters=[parameter("X-Table", "header")]), "the header X-Table"),
        (new_operation("/api/v1/orders", parameters=[parameter("table", "cookie")]), "the cookie table"),
        (new_operation("/api/v1/orders", "post", requestBody=body({"type": "object", "properties": {}})), "a body without an example"),
        (
            new_operation("/api/v1/orders", "post", requestBody=body({"properties": {"contactId": {"type": "string"}}}, example={})),
            "the member /contactId of the body",
        ),
        (
            new_operation(
                "/api/v1/orders", "post", requestBody=body({"properties": {"by": {"type": "string", "format": "uuid"}}}, example={})
            ),
            "the member /by of the body",
        ),
        (
            new_operation(
                "/api/v1/orders",
                "post",
                requestBody=body({"properties": {"to": {"items": {"format": "uuid"}, "type": "array"}}}, example={}),
            ),
            "the member /to/* of the body",
        ),
        (
            lambda root: root["components"]["schemas"]["ConversationPatch"]["properties"].update(assigneeId={"type": "string"}),
            "the member /assigneeId of the body",
        ),
        (new_operation("/hooks/other", "post", security=[], requestBody=body({}, example={})), "an operation without a credential"),
    ],
)
def test_what_has_no_recipe_is_said(world, change, missing):
    found = [line for operation in changed(change) for line in world.recipes.missing(operation)]
    assert any(missing in line for line in found), found


def test_a_new_operation_of_a_known_kind_needs_no_recipe(world):
    operations = changed(new_operation("/api/v1/conversations/{conversationId}/notes"))
    operation = next(operation for operation in operations if operation.id == "newOne")
    assert list(world.recipes.missing(operation)) == []
    assert any(placement.twins for placement in world.recipes.placements(operation))
