"""The operations of openapi.yaml, and everything in a request that names something."""

import os
import re
from dataclasses import dataclass, field

import yaml

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
PATH = os.path.join(os.path.dirname(__file__), "..", "..", "openapi.yaml")

# A member of a body that may name a thing of ours, or a provider's thing of somebody's.
NAMING = re.compile(r"^id$|Ids?$|^replyTo$|^cursor$")


# The kinds of callers that each scheme of `security` lets in; a key comes as a bearer token, too, where keys are let in.
SCHEMES = {"apiKey": {"key", "platform"}, "bearer": {"token"}, "session": {"session"}}
# What the words of `x-credentials` mean.
CREDENTIALS = {"person": {"token", "session"}, "session": {"session"}, "platform": {"platform"}}


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    public: bool
    roles: tuple
    scopes: tuple
    # Kinds of callers that it is for.
    kinds: frozenset
    # (in, name, required) of every parameter.
    parameters: tuple
    statuses: tuple
    # Whether it takes a body, the examples of it, and the places in it that name something.
    has_body: bool
    examples: tuple = field(repr=False)
    naming_fields: tuple = ()
    bases: tuple = ()

    @property
    def is_platform(self):
        return self.roles == ("platform",)

    @property
    def is_personal(self):
        """About somebody's own account, wherever that person works."""
        return not self.public and not self.kinds & {"key", "platform"}

    @property
    def takes_restaurant(self):
        return "X-Restaurant-Id" in self.named("header")

    @property
    def path_parameters(self):
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    def named(self, place):
        return tuple(name for where, name, _ in self.parameters if where == place)

    def paths(self, values):
        """The path with these values, under every base that it is served under."""
        path = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], self.path)
        return [path] + [other + path.removeprefix(base) for base, other in self.bases]


class Specification:
    def __init__(self, root):
        self.root = root

    @classmethod
    def load(cls, path=PATH):
        with open(path, encoding="utf-8") as file:
            return cls(yaml.safe_load(file))

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def operations(self):
        found = []
        for path, item in self.root["paths"].items():
            for method in METHODS:
                # What does not end cannot be asked like the others; EventStreamTests.swift and RealtimeTests.swift ask it as somebody else's.
                if method in item and not item[method].get("x-stream"):
                    found.append(self._operation(path, method, item, item[method]))
        return found

    def _operation(self, path, method, item, raw):
        parameters = [self.resolve(parameter) for parameter in item.get("parameters", []) + raw.get("parameters", [])]
        contents = self.resolve(raw.get("requestBody", {})).get("content", {})
        examples, naming = [], []
        for content in contents.values():
            if "example" in content:
                examples.append(content["example"])
            examples += [self.resolve(example)["value"] for example in content.get("examples", {}).values()]
            naming += self.naming_fields(content["schema"])
        bases = [] if item.get("x-unversioned") is False else self.root.get("x-bases", {}).items()
        return Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=path,
            # A cookie is sent beside whatever else is: for the kinds of callers, such an operation is as one without a credential.
            public=not any(set(scheme) & SCHEMES.keys() for scheme in raw["security"]),
            roles=tuple(raw.get("x-roles", [])),
            scopes=tuple(raw.get("x-scopes", [])),
            kinds=self._kinds(raw),
            parameters=tuple((p["in"], p["name"], p.get("required", False)) for p in parameters),
            statuses=tuple(raw["responses"]),
            has_body=bool(contents),
            examples=tuple(examples),
            naming_fields=tuple(sorted(set(naming))),
            bases=tuple((base, other) for base, others in bases if path.startswith(base + "/") for other in others),
        )

    @staticmethod
    def _kinds(raw):
        kinds = set().union(*(SCHEMES.get(name, set()) for scheme in raw["security"] for name in scheme))
        words = raw.get("x-credentials")
        return frozenset(kinds if words is None else kinds & set().union(*(CREDENTIALS[word] for word in words)))

    def naming_fields(self, schema, pointer="", seen=()):
        """JSON pointers, `*` for any element, of the members that name something."""
        schema = self.resolve(schema)
        if id(schema) in seen:
            return
        seen += (id(schema),)
        for name, child in schema.get("properties", {}).items():
            place, resolved = f"{pointer}/{name}", self.resolve(child)
            inner = list(self.naming_fields(child, place, seen))
            # An object that is called an id would be found by what is in it.
            if (NAMING.search(name) or resolved.get("format") == "uuid") and not inner:
                yield place
            yield from inner
        for child in [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]:
            if self.resolve(child).get("format") == "uuid":
                yield f"{pointer}/*"
            yield from self.naming_fields(child, f"{pointer}/*", seen)
        for key in ("oneOf", "anyOf", "allOf"):
            for child in schema.get(key, []):
                yield from self.naming_fields(child, pointer, seen)
