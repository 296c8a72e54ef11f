"""Breaks the real file in one way at a time; the rule that is for it must notice."""

import copy
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import lint  # noqa: E402

ROOT = lint.load(os.path.join(os.path.dirname(__file__), "..", "..", "openapi.yaml"))


class LintTests(unittest.TestCase):
    def finds(self, text, change):
        root = copy.deepcopy(ROOT)
        change(root)
        found = lint.lint(root)
        self.assertTrue(any(text in finding for finding in found), f"{text!r} is not among {found}")

    def operation(self, root, path="/api/v1/bots", method="post"):
        return root["paths"][path][method]

    def test_the_file_itself(self):
        self.assertEqual(lint.lint(ROOT), [])

    def test_identity(self):
        self.finds("is also that of", lambda r: self.operation(r).update(operationId="listBots"))
        self.finds("no summary", lambda r: self.operation(r).pop("summary"))
        self.finds("no description", lambda r: self.operation(r).update(description=" "))
        self.finds("one declared tag", lambda r: self.operation(r).update(tags=["Robots"]))
        self.finds("one declared tag", lambda r: self.operation(r).update(tags=["Bots", "Health"]))
        self.finds("tag Empty", lambda r: r["tags"].append({"name": "Empty"}))

    def test_paths(self):
        self.finds("trailing slash", lambda r: r["paths"].update({"/api/v1/x/": r["paths"]["/livez"]}))
        self.finds("kebab-case", lambda r: r["paths"].update({"/api/v1/myThings": r["paths"]["/livez"]}))
        self.finds("path parameters", lambda r: r["paths"].update({"/api/v1/x/{id}": r["paths"]["/livez"]}))

    def test_access(self):
        self.finds("no security", lambda r: self.operation(r).pop("security"))
        self.finds("is not declared", lambda r: self.operation(r).update(security=[{"cookie": []}]))
        self.finds("no x-scopes", lambda r: self.operation(r).pop("x-scopes"))
        self.finds("disagree", lambda r: self.operation(r).update({"x-roles": []}))
        self.finds("disagree", lambda r: self.operation(r, "/api/v1/auth/login", "post").update({"x-scopes": ["admin"]}))
        self.finds("disagree", lambda r: self.operation(r, "/livez", "get").update({"x-roles": ["owner"]}))
        self.finds("x-roles has king", lambda r: self.operation(r).update({"x-roles": ["king"]}))
        for status in ("401", "403", "429"):
            self.finds(f"no {status}", lambda r: self.operation(r)["responses"].pop(status))
            self.finds(f"no {status}", lambda r: self.operation(r, "/api/v1/auth/refresh")["responses"].pop(status))

    def test_events(self):
        def event(root):
            return root["webhooks"]["message_sent"]["post"]

        def content(root):
            return event(root)["requestBody"]["content"]["application/json"]

        self.finds("EventType and webhooks differ", lambda r: r["webhooks"].pop("bot_connected"))
        self.finds("EventType and webhooks differ", lambda r: r["components"]["schemas"]["EventType"]["enum"].append("made_up"))
        self.finds("no example", lambda r: content(r).pop("example"))
        self.finds("example is wrong", lambda r: content(r)["example"]["data"].pop("messageId"))
        self.finds("example is wrong", lambda r: content(r)["example"].update(type="message_received"))
        self.finds("is not type, timestamp and data", lambda r: content(r)["schema"]["required"].remove("data"))
        self.finds("is no POST", lambda r: event(r).update(security=[{"apiKey": []}]))
        self.finds("no x-payload-version", lambda r: event(r).pop("x-payload-version"))
        self.finds("summary, description", lambda r: event(r).pop("summary"))
        self.finds("operationId of its own", lambda r: event(r).update(operationId="listBots"))
        self.finds("without maxLength", lambda r: r["components"]["schemas"]["BotDisconnectedData"]["properties"]["reason"].pop("maxLength"))

    def test_answers(self):
        self.finds("no default", lambda r: self.operation(r)["responses"].pop("default"))
        for status in ("400", "413", "415", "422"):
            self.finds(f"no {status}", lambda r: self.operation(r)["responses"].pop(status))
        self.finds("no 404", lambda r: self.operation(r, "/api/v1/bots/{botId}", "get")["responses"].pop("404"))
        self.finds("without Location", lambda r: self.operation(r)["responses"]["201"]["headers"].pop("Location"))
        self.finds("is no problem", lambda r: r["components"]["responses"]["NotFound"].pop("content"))
        self.finds("without X-Request-Id", lambda r: r["components"]["responses"]["NotFound"].pop("headers"))

    def test_bounds(self):
        schemas = lambda r: r["components"]["schemas"]
        self.finds("string without", lambda r: schemas(r)["BotIn"]["properties"]["name"].pop("maxLength"))
        self.finds("array without", lambda r: schemas(r)["BotPage"]["properties"]["data"].pop("maxItems"))
        self.finds("integer without", lambda r: schemas(r)["Version"].pop("maximum"))
        self.finds("additionalProperties", lambda r: schemas(r)["BotIn"].pop("additionalProperties"))
        self.finds("does not have", lambda r: schemas(r)["BotIn"]["required"].append("nothing"))
        self.finds("not camelCase", lambda r: schemas(r)["Bot"]["properties"].update(my_name={"type": "boolean"}))
        self.finds("no type", lambda r: schemas(r)["Bot"]["properties"].update(any={"description": "x"}))

    def test_examples(self):
        def body(r):
            return self.operation(r)["requestBody"]["content"]["application/json"]

        self.finds("example is wrong", lambda r: body(r).update(example={"name": ""}))
        self.finds("example is wrong", lambda r: body(r).update(example={"name": "x", "more": 1}))
        self.finds("without example", lambda r: body(r).pop("example"))

    def test_components(self):
        self.finds("schemas/Lonely", lambda r: r["components"]["schemas"].update(Lonely={"type": "boolean"}))
        self.finds("security scheme lonely", lambda r: r["components"]["securitySchemes"].update(lonely={"type": "http", "scheme": "basic"}))

    def test_a_key_that_stands_twice(self):
        with self.assertRaises(lint.yaml.constructor.ConstructorError):
            lint.yaml.load("a: 1\na: 2", lint.UniqueKeyLoader)


if __name__ == "__main__":
    unittest.main()
