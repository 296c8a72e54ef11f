"""The rules of this project for openapi.yaml, beyond what the OpenAPI specification asks.

    lint.py openapi.yaml    prints one line for each finding; exit status 1 when there are any

A rule is a generator of findings; `RULES` lists them all.
"""

import re
import sys

import yaml
from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
ROLES = {"platform", "owner", "manager", "agent"}
# Addresses that others have chosen (RFC 8615).
FOREIGN_PATHS = {"/.well-known/jwks.json", "/"}


class Document:
    def __init__(self, root):
        self.root = root
        self.used = set()

    def resolve(self, node):
        """The node itself, or what its `$ref` names; remembers that it was used."""
        while isinstance(node, dict) and "$ref" in node:
            self.used.add(node["$ref"])
            target = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def operations(self):
        for path, item in self.root["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item, item[method]

    def webhooks(self):
        """Each event: (name, method, operation)."""
        for name, item in self.root.get("webhooks", {}).items():
            for method in METHODS:
                if method in item:
                    yield name, method, item[method]

    def parameters(self, item, operation):
        return [self.resolve(p) for p in item.get("parameters", []) + operation.get("parameters", [])]


def where(path, method):
    return f"{method.upper()} {path}"


def identity(doc):
    seen = {}
    declared = {tag["name"] for tag in doc.root.get("tags", [])}
    for path, method, _, op in doc.operations():
        place, name = where(path, method), op.get("operationId")
        if not name:
            yield f"{place}: no operationId"
        elif name in seen:
            yield f"{place}: operationId {name} is also that of {seen[name]}"
        elif not re.fullmatch(r"[a-z][A-Za-z0-9]+", name):
            yield f"{place}: operationId {name} is not camelCase"
        seen[name] = place
        for member in ("summary", "description"):
            if not op.get(member, "").strip():
                yield f"{place}: no {member}"
        tags = op.get("tags", [])
        if len(tags) != 1 or tags[0] not in declared:
            yield f"{place}: needs exactly one declared tag"
    for name, _, op in doc.webhooks():
        if op.get("operationId") in seen or not op.get("operationId"):
            yield f"webhook {name}: no operationId of its own"
        seen[op.get("operationId")] = name
        if not op.get("summary") or not op.get("description") or len(op.get("tags", [])) != 1 or op["tags"][0] not in declared:
            yield f"webhook {name}: needs summary, description and one declared tag"
    used = {tag for _, _, _, op in doc.operations() for tag in op.get("tags", [])}
    for tag in sorted(declared - used):
        yield f"tag {tag} is used nowhere"


def paths(doc):
    for path in doc.root["paths"]:
        if path.endswith("/") and path != "/":
            yield f"{path}: trailing slash"
        for part in path.strip("/").split("/") if path not in FOREIGN_PATHS else []:
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*|\{[a-z][A-Za-z0-9]*\}", part):
                yield f"{path}: {part} is neither kebab-case nor a parameter"
    for path, method, item, op in doc.operations():
        named = set(re.findall(r"\{(\w+)\}", path))
        given = {p["name"] for p in doc.parameters(item, op) if p["in"] == "path"}
        if named != given:
            yield f"{where(path, method)}: path parameters {sorted(named)} are declared as {sorted(given)}"


def access(doc):
    schemes = doc.root["components"]["securitySchemes"]
    for path, method, _, op in doc.operations():
        place, responses = where(path, method), op.get("responses", {})
        if "security" not in op:
            yield f"{place}: no security, not even []"
            continue
        for scheme in {name for choice in op["security"] for name in choice}:
            if scheme not in schemes:
                yield f"{place}: security scheme {scheme} is not declared"
        # A key has scopes. What a person does with its own account may need neither scope nor role.
        takes_keys = any("apiKey" in choice for choice in op["security"])
        for member in ("x-scopes", "x-roles"):
            if not isinstance(op.get(member), list):
                yield f"{place}: no {member}"
            elif takes_keys > bool(op[member]) or bool(op[member]) > bool(op["security"]):
                yield f"{place}: {member} and security disagree about whether a credential is needed"
        for role in set(op.get("x-roles") or []) - ROLES:
            yield f"{place}: x-roles has {role}"
        if op["security"]:
            # Where a credential may be missing, none is refused for that.
            for status in ("401", "403", "429") if {} not in op["security"] else ("403", "429"):
                if status not in responses:
                    yield f"{place}: secured, but no {status}"


def answers(doc):
    for path, method, item, op in doc.operations():
        place, responses = where(path, method), op.get("responses", {})
        if "default" not in responses:
            yield f"{place}: no default problem"
        if "requestBody" in op:
            for status in ("400", "413", "415", "422"):
                if status not in responses:
                    yield f"{place}: has a body, but no {status}"
            if "required" not in doc.resolve(op["requestBody"]):
                yield f"{place}: does not say whether the body is required"
        if "{" in path and "404" not in responses:
            yield f"{place}: has an id, but no 404"
        if any(p["in"] == "query" for p in doc.parameters(item, op)):
            for status in ("400", "422"):
                if status not in responses:
                    yield f"{place}: has query parameters, but no {status}"
        for status, response in responses.items():
            response = doc.resolve(response)
            if status == "201" and "Location" not in response.get("headers", {}):
                yield f"{place}: 201 without Location"
            if status == "304":
                continue
            if "X-Request-Id" not in response.get("headers", {}):
                yield f"{place}: {status} without X-Request-Id"
            is_failure = status == "default" or status >= "400"
            # Health answers 503 in the shape that older dashboards read.
            if is_failure and not (op.get("tags") == ["Health"] and status == "503"):
                if list(response.get("content", {})) != ["application/problem+json"]:
                    yield f"{place}: {status} is no problem document"


def events(doc):
    """Each event is described once, under its name, with its version, a schema of its data and an example that has everything that is required."""
    for name, method, op in doc.webhooks():
        place, content = f"webhook {name}", op.get("requestBody", {}).get("content", {})
        if method != "post" or op.get("security") != [] or list(content) != ["application/json"]:
            yield f"{place}: is no POST of JSON without a credential of ours"
            continue
        schema = content["application/json"]["schema"]
        if schema.get("properties", {}).get("type") != {"const": name} or set(schema.get("required", [])) != {"type", "timestamp", "data"}:
            yield f"{place}: its body is not type, timestamp and data"
        if "example" not in content["application/json"]:
            yield f"{place}: no example"
        if not isinstance(op.get("x-payload-version"), int):
            yield f"{place}: no x-payload-version"
    types = doc.root["components"]["schemas"].get("EventType", {}).get("enum", [])
    if types != [name for name, _, _ in doc.webhooks()]:
        yield "EventType and webhooks differ"


def schemas_of(doc):
    """Every schema: (place, schema, whether clients write it)."""
    seen = set()

    def walk(place, schema, writes):
        ref = schema.get("$ref") if isinstance(schema, dict) else None
        if ref:
            place = ref.removeprefix("#/components/schemas/")
        schema = doc.resolve(schema)
        if not isinstance(schema, dict) or (id(schema), writes) in seen:
            return
        seen.add((id(schema), writes))
        yield place, schema, writes
        for name, child in schema.get("properties", {}).items():
            yield from walk(f"{place}.{name}", child, writes)
        for key in ("items", "additionalProperties", "not"):
            if isinstance(schema.get(key), dict):
                yield from walk(f"{place}.{key}", schema[key], writes)
        for key in ("oneOf", "anyOf", "allOf"):
            for index, child in enumerate(schema.get(key, [])):
                yield from walk(f"{place}.{key}[{index}]", child, writes)

    for path, method, item, op in doc.operations():
        place = where(path, method)
        for parameter in doc.parameters(item, op):
            yield from walk(f"{place} {parameter['name']}", parameter["schema"], True)
        for media in doc.resolve(op.get("requestBody", {})).get("content", {}).values():
            yield from walk(f"{place} body", media["schema"], True)
        for status, response in op.get("responses", {}).items():
            response = doc.resolve(response)
            for name, header in response.get("headers", {}).items():
                yield from walk(f"{place} {status} {name}", doc.resolve(header)["schema"], False)
            for media in response.get("content", {}).values():
                yield from walk(f"{place} {status}", media["schema"], False)
    for name, _, op in doc.webhooks():
        for media in op.get("requestBody", {}).get("content", {}).values():
            # We write it, others read it.
            yield from walk(f"webhook {name}", media["schema"], False)


def bounds(doc):
    for place, schema, writes in schemas_of(doc):
        kinds = schema.get("type", [])
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        # A schema that only says which members must be there, inside one that says the rest.
        is_condition = set(schema) == {"required"}
        if not kinds and not is_condition and not {"oneOf", "anyOf", "allOf", "const", "enum", "$ref"} & set(schema):
            yield f"{place}: no type"
        if "string" in kinds and not {"maxLength", "enum", "format", "const"} & set(schema):
            yield f"{place}: string without maxLength, enum or format"
        if "array" in kinds and "maxItems" not in schema:
            yield f"{place}: array without maxItems"
        if "integer" in kinds and not {"minimum", "maximum"} <= set(schema):
            yield f"{place}: integer without minimum and maximum"
        if "object" in kinds:
            if writes and schema.get("additionalProperties") is not False and not schema.get("x-free-form"):
                yield f"{place}: written object without additionalProperties: false"
            for name in set(schema.get("required", [])) - set(schema.get("properties", {})):
                yield f"{place}: requires {name}, which it does not have"
            for name in schema.get("properties", {}):
                # Message types are the providers' words.
                if not re.fullmatch(r"[a-z][A-Za-z0-9]*", name) and name != "request_welcome":
                    yield f"{place}: member {name} is not camelCase"


def examples(doc):
    def check(place, schema, value):
        resolver_root = {**schema, "components": doc.root["components"]}
        validator = Draft202012Validator(resolver_root, format_checker=FormatChecker())
        for error in validator.iter_errors(value):
            pointer = "/".join(str(part) for part in error.absolute_path)
            yield f"{place}: example is wrong at /{pointer}: {error.message}"

    def contents(place, holder):
        for media, content in doc.resolve(holder).get("content", {}).items():
            if "example" in content:
                yield from check(f"{place} {media}", content["schema"], content["example"])
            for name, example in content.get("examples", {}).items():
                yield from check(f"{place} {media} {name}", content["schema"], doc.resolve(example)["value"])

    for path, method, _, op in doc.operations():
        place = where(path, method)
        if "requestBody" in op:
            yield from contents(f"{place} body", op["requestBody"])
            content = doc.resolve(op["requestBody"]).get("content", {})
            if not all("example" in c or "examples" in c for c in content.values()):
                if not all(doc.resolve(c["schema"]).get("x-free-form") for c in content.values()):
                    yield f"{place}: body without example"
        for status, response in op.get("responses", {}).items():
            yield from contents(f"{place} {status}", response)
    for name, _, op in doc.webhooks():
        yield from contents(f"webhook {name}", op.get("requestBody", {}))


def components(doc):
    # Everything that is reachable has been resolved by the other rules; security schemes are named, not referred to.
    for mapping in (s["discriminator"].get("mapping", {}) for _, s, _ in schemas_of(doc) if "discriminator" in s):
        for target in mapping.values():
            doc.resolve({"$ref": target})
    for kind, entries in doc.root["components"].items():
        for name in entries:
            if kind == "securitySchemes":
                if not any(name in choice for _, _, _, op in doc.operations() for choice in op.get("security", [])):
                    yield f"security scheme {name} is used nowhere"
            elif f"#/components/{kind}/{name}" not in doc.used:
                yield f"component {kind}/{name} is used nowhere"


RULES = (identity, paths, access, answers, events, bounds, examples, components)


def lint(root):
    doc = Document(root)
    return [finding for rule in RULES for finding in rule(doc)]


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets a key stand twice; the second then hides the first."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, UniqueKeyLoader)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    findings = lint(load(sys.argv[1]))
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
