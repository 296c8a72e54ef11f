"""Every operation of openapi.yaml, by everybody who is not A, wherever something of A's can be named."""

import pytest
from client import Request
from matrix import METHODS_ASKED, normal
from recipes import twin
from specification import Specification

OPERATIONS = Specification.load().operations()
TOTAL = {"requests": 0}


@pytest.fixture(scope="module", autouse=True)
def report():
    yield
    print(f"\nisolation: {TOTAL['requests']} requests to {len(OPERATIONS)} operations")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_others_see_and_change_nothing(world, untouched, operation):
    missing = list(world.recipes.missing(operation))
    assert missing == [], missing
    matrix = world.matrix()
    TOTAL["requests"] += matrix.run(operation, world.callers.all)
    assert matrix.findings == [], "\n".join(matrix.findings[:20])


@pytest.mark.parametrize("path", sorted({operation.path for operation in OPERATIONS}))
def test_methods_that_are_not_there(world, untouched, path):
    """A method that a path does not have answers the same whoever's the path is."""
    operations = [operation for operation in OPERATIONS if operation.path == path]
    listed, one = {operation.method for operation in operations}, operations[0]
    sample = world.a.samples(one.path_parameters)[0] if one.path_parameters else {}
    twins = {value: twin(value) for value in sample.values()}
    findings = []
    for method in METHODS_ASKED:
        if method in listed:
            continue
        for caller in (world.callers.acting[0], world.callers.refused[0]):
            for target in one.paths(sample):
                request = Request(method, target, (), caller.headers, {} if method in ("POST", "PUT", "PATCH") else None)
                answer, other = world.client.send(request), world.client.send(request.exchanged(twins))
                TOTAL["requests"] += 2
                reason = None
                if answer.status < 400 and method not in ("OPTIONS", "HEAD"):
                    reason = "is not refused"
                elif method == "HEAD" and answer.status < 400 and path.count("{"):
                    reason = "says that it is there"
                elif normal(answer, twins) != normal(other, twins):
                    reason = f"differs from {other.status} {other.body[:300]}"
                elif world.leaks(request, answer):
                    reason = "has something of A's"
                if reason:
                    findings.append(f"{request} by {caller.name} {reason}: {answer.status} {answer.body[:300]}")
    assert findings == []
