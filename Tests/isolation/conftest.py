"""The demo restaurants of a running `maitre dev`; DEV_DEMO names its demo.json (Tests/stages/65-isolation.sh)."""

import json
import os
import time

import pytest
from callers import Callers
from client import Client
from database import Database
from matrix import Matrix
from people import EXAMPLE_PASSWORD
from recipes import Recipes
from restaurant import Restaurant
from secrecy import Watch
from specification import Specification


class World:
    """Three restaurants: A, whose things are sought; B, who seeks them; C, on which the tests themselves are tried."""

    def __init__(self, demo, directory):
        self.watch = Client.watch = Watch()
        self.client = Client(demo["baseUrl"])
        self.demo, self.directory = demo, directory
        self.database = Database(directory)
        self.platform_key = demo["platformKey"]
        by_locale = {merchant["locale"]: merchant for merchant in demo["merchants"]}
        self.a = Restaurant(self.client, self.database, by_locale["en"], "4475")
        self.b = Restaurant(self.client, self.database, by_locale["id"], "6281", EXAMPLE_PASSWORD)
        self.c = Restaurant(self.client, self.database, by_locale["ar"], "9665", EXAMPLE_PASSWORD)
        for restaurant in (self.a, self.b, self.c):
            restaurant.fill()
        self.callers = Callers(self)
        self.specification = Specification.load()
        self.operations = {operation.id: operation for operation in self.specification.operations()}
        self.recipes = Recipes(self.a, self.b)
        self.brought = set()
        for restaurant in (self.a, self.c):
            Recipes(restaurant, self.b).take_cursors(self.operations.values())
        self.people = [*self.callers.people, *self.c.team.values(), self.b.owner, self.c.owner]
        self.remember()
        self.rest()

    def remember(self):
        """Takes the accounts of those who ask as what they are given back."""
        people = ",".join(f"'{person.id}'" for person in self.people)
        self.passwords = self.database.run(f"select id || ' ' || password_hash from platform.people where id in ({people})")
        self.memberships = self.database.run(
            f"select merchant_id || ' ' || person_id || ' ' || role from platform.memberships where person_id in ({people})"
        )

    def recover(self):
        """Gives those who ask their accounts back: passwords, no second factor, their sessions and roles. And nobody has tried anything too often."""
        people = ",".join(f"'{person.id}'" for person in self.people)
        sessions = ",".join(f"'{person.session}'" for person in self.people)
        passwords = ",".join(f"('{person}'::uuid, '{hash}')" for person, hash in (line.split(" ", 1) for line in self.passwords))
        members = ",".join("('{}'::uuid, '{}'::uuid, '{}')".format(*line.split(" ")) for line in self.memberships)
        changed = self.database.run(
            f"""
            delete from platform.throttles;
            delete from platform.recovery_codes where person_id in ({people});
            update platform.people set totp_sealed = null, totp_confirmed_at = null, totp_last_step = null where id in ({people});
            update platform.people p set password_hash = v.hash from (values {passwords}) v(id, hash)
                where p.id = v.id and p.password_hash is distinct from v.hash;
            update platform.sessions set revoked_at = null, revoked_reason = null
                where id in ({sessions}) and revoked_at is not null returning id;
            insert into platform.memberships as m (merchant_id, person_id, role) values {members}
                on conflict (merchant_id, person_id) do update set role = excluded.role where m.role <> excluded.role returning person_id
            """
        )
        if changed:
            # Until every node knows.
            time.sleep(1.1)

    def rest(self):
        """Takes what A is now as what it has to stay."""
        self.state = self.a.state()
        self.prints = self.a.fingerprints()

    def leaks(self, request, answer, known=frozenset()):
        """What an answer to somebody else says of A, other than what the request itself said."""
        return [mark for mark in self.prints - self.brought - known if mark in answer.text and not request.mentions(mark)]

    def matrix(self):
        return Matrix(self.client, self.recipes, self.prints, self.brought, self.database.forget_attempts)


def pytest_collection_modifyitems(items):
    """The search through everything that was written comes when everything was done."""
    items.sort(key=lambda item: item.path.name == "test_secrets.py")


@pytest.fixture(scope="session")
def world():
    path = os.environ["DEV_DEMO"]
    with open(path, encoding="utf-8") as file:
        return World(json.load(file), os.path.dirname(path))


@pytest.fixture
def untouched(world):
    """Fails the test when anything of A's is other than at the beginning."""
    yield
    world.recover()
    assert world.a.changes(world.state) == []
