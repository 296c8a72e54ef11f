"""The demo restaurants of a running `maitre dev`; DEV_DEMO names its demo.json (Tests/stages/65-isolation.sh)."""

import json
import os

import pytest
from callers import Callers
from client import Client
from database import Database
from matrix import Matrix
from recipes import Recipes
from restaurant import Restaurant
from specification import Specification


class World:
    """Three restaurants: A, whose things are sought; B, who seeks them; C, on which the tests themselves are tried."""

    def __init__(self, demo, directory):
        self.client = Client(demo["baseUrl"])
        self.database = Database(directory)
        self.platform_key = demo["platformKey"]
        by_locale = {merchant["locale"]: merchant for merchant in demo["merchants"]}
        self.a = Restaurant(self.client, self.database, by_locale["en"], "4475")
        self.b = Restaurant(self.client, self.database, by_locale["id"], "6281")
        self.c = Restaurant(self.client, self.database, by_locale["ar"], "9665")
        for restaurant in (self.a, self.b, self.c):
            restaurant.fill()
        self.callers = Callers(self)
        self.specification = Specification.load()
        self.operations = {operation.id: operation for operation in self.specification.operations()}
        self.recipes = Recipes(self.a, self.b)
        self.brought = set()
        for restaurant in (self.a, self.c):
            Recipes(restaurant, self.b).take_cursors(self.operations.values())
        self.rest()

    def rest(self):
        """Takes what A is now as what it has to stay."""
        self.state = self.a.state()
        self.prints = self.a.fingerprints()

    def leaks(self, request, answer):
        """What an answer to somebody else says of A, other than what the request itself said."""
        return [mark for mark in self.prints - self.brought if mark in answer.text and not request.mentions(mark)]

    def matrix(self):
        return Matrix(self.client, self.recipes, self.prints, self.brought)


@pytest.fixture(scope="session")
def world():
    path = os.environ["DEV_DEMO"]
    with open(path, encoding="utf-8") as file:
        return World(json.load(file), os.path.dirname(path))


@pytest.fixture
def untouched(world):
    """Fails the test when anything of A's is other than at the beginning."""
    yield
    assert world.a.changes(world.state) == []
