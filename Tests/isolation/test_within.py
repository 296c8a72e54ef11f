"""A's own people and keys: what their role and scopes allow, and nothing else.

The last of all modules: A hears in its audit log, for a minute, of what was refused to its own.
"""

import pytest
from client import Request
from recipes import fresh_key
from specification import Specification

OPERATIONS = [operation for operation in Specification.load().operations() if not operation.public and not operation.is_platform]


def expected(operation, caller, sample):
    if not caller.may(operation):
        return {(403, "forbidden")}
    # A person's own things are nobody else's, though both work at one restaurant.
    return {(200, None), (404, "not_found")} if operation.is_personal and sample else {(200, None)}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_those_of_the_restaurant_do_what_their_role_and_scopes_allow(world, operation):
    samples = world.a.samples(operation.path_parameters) if operation.path_parameters else [{}]
    before, findings = world.a.state(), []
    for caller in world.callers.inside:
        if caller.may(operation) and operation.method != "GET":
            continue  # A's right, which would change it.
        for sample in samples:
            if operation.id == "removeMember" and caller.person == sample["personId"]:
                continue  # Everybody may leave.
            right = expected(operation, caller, sample)
            for path in operation.paths(sample):
                headers = caller.headers
                if "Idempotency-Key" in operation.named("header"):
                    headers += (("Idempotency-Key", fresh_key()),)
                request = Request(operation.method, path, (), headers, operation.examples[0] if operation.examples else None)
                answer = world.client.send(request)
                if (answer.status, answer.code) not in right:
                    findings.append(f"{request} by {caller.name}: {answer.status} {answer.body[:300]}, and not {right}")
                elif answer.status >= 400 and (leaks := world.leaks(request, answer)):
                    findings.append(f"{request} by {caller.name} is refused with {leaks[:3]}")
    assert findings == [], "\n".join(findings[:20])
    assert world.a.changes(before, others=False) == []


def test_agents_see_no_addresses(world):
    """Names they see; of addresses, their own only."""
    for caller in world.callers.inside:
        if not caller.may(world.operations["listTeam"]):
            continue
        found = world.client.send(Request("GET", "/api/v1/team", (("limit", 100),), caller.headers)).json["data"]
        assert {member["personId"] for member in found} >= set(world.a.members)
        shown = {member["personId"] for member in found if member["email"]}
        assert shown == ({caller.person} if caller.role == "agent" else {member["personId"] for member in found}), caller.name
