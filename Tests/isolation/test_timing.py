"""A1: what is somebody else's takes the same time as what never was, so that no clock tells which ids there are."""

import random
import time

import pytest
from client import Client
from recipes import twin
from specification import Specification
from timing import Comparison, compare, deviation

# Where one thing of A's is named and nothing comes of it.
TIMED = ("path", "A's Idempotency-Key", "cursor", "channel", "assignee", "actor")
OPERATIONS = [operation for operation in Specification.load().operations() if not operation.public and not operation.is_platform]
FOUND = []


@pytest.fixture(scope="module", autouse=True)
def report():
    yield
    widest = sorted(FOUND, key=lambda found: -abs(found[1].difference))[:3]
    print(f"\ntiming: {len(FOUND)} pairs; the widest apart: " + "; ".join(f"{name}: {found}" for name, found in widest))


@pytest.fixture(scope="module")
def asking(world):
    """A connection of its own, and what is asked with it: once with what is A's, once with what is nobody's."""
    client = Client(f"http://{world.client.host}:{world.client.port}")
    matrix = world.matrix()

    class Asking:
        def pairs(self, operation):
            caller = next((caller for caller in world.callers.acting if caller.may(operation)), None)
            if caller is None:
                return
            by_label = {}
            for placement in world.recipes.placements(operation):
                if placement.twins and not placement.once and placement.label in TIMED:
                    by_label.setdefault(placement.label, []).append(placement)
            for label, placements in by_label.items():
                path = operation.paths(placements[0].path)[0]
                request = matrix.request(operation, caller, placements[0], path)
                yield label, *self.of(request, placements[0].twins)

        def of(self, request, twins):
            """A's, and each time another that is nobody's: what was just asked for may be at hand."""

            # Made before the clock runs.
            others = [request.exchanged({value: twin(value) for value in twins}) for _ in range(500)]
            return (lambda: client.send(request)), (lambda: client.send(random.choice(others)))

    return Asking()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_what_is_another_s_takes_as_long_as_what_never_was(world, untouched, asking, operation):
    for label, theirs, nobodys in asking.pairs(operation):
        found = compare(theirs, nobodys)
        FOUND.append((f"{operation.id}, {label}", found))
        assert not found.is_apart, f"{operation.id}, {label}: what is A's took {found}"


def test_every_kind_of_thing_is_timed(world, asking):
    timed = {name for operation in OPERATIONS for name in operation.path_parameters if any(asking.pairs(operation))}
    assert timed >= {"botId", "channelId", "conversationId", "messageId", "keyId", "tokenId", "personId", "invitationId", "sessionId"}


def test_a_millisecond_is_found(world, asking):
    """The same requests, one kind with a millisecond more; and the same requests against themselves."""
    operation = next(operation for operation in OPERATIONS if operation.id == "getConversation")
    _, theirs, nobodys = next(iter(asking.pairs(operation)))

    def later():
        time.sleep(0.001)
        theirs()

    found = compare(later, nobodys)
    assert found.is_apart and found.difference > 0.5, str(found)
    same = compare(lambda: nobodys(), lambda: nobodys())
    assert not same.is_apart, str(same)


def test_ranks():
    """By hand, and what outliers do to it."""
    one, other = [1.1, 2.2, 3.3, 4.4, 5.5], [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    # The ranks of one are 1, 3, 5, 7 and 9: U = 25 - 15 = 10, of a mean of 15 and a variance of 5 * 6 * 12 / 12 = 30.
    assert deviation(one, other) == pytest.approx((10 - 15) / 30**0.5)
    assert deviation(other, one) == pytest.approx(-deviation(one, other))
    # Ties: ranks 1.5, 1.5, 3.5, 3.5; W = 2, mean 2.
    assert deviation([1, 2], [1, 2]) == 0
    assert deviation([1, 1, 1], [1, 1, 1]) == 0
    even = [random.gauss(2, 0.3) for _ in range(200)]
    held_up = [value + (50 if index % 40 == 0 else 0) for index, value in enumerate(random.gauss(2, 0.3) for _ in range(200))]
    assert not Comparison(even, held_up).is_apart
    assert Comparison([value + 1 for value in even], held_up).is_apart
