"""Writes src/generated from openapi.yaml: the types of everything that is sent and answered, and a method for each operation.

    generate.py            writes the files
    generate.py --check    exit status 1 when they are not what it would write
"""

import re
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = HERE / "src" / "generated"
METHODS = ("get", "put", "post", "delete", "patch")
# Headers that the client takes care of, by option or by itself.
KNOWN_HEADERS = {"x-restaurant-id", "idempotency-key", "if-match", "if-none-match", "x-request-id", "origin"}
HEAD = "// Made by generate.py from openapi.yaml; do not edit.\n"


class Specification:
    def __init__(self, root):
        self.root = root

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def operations(self):
        for path, item in self.root["paths"].items():
            for method in METHODS:
                # An answer that does not end is for an EventSource or WebSocket, not for a method that returns it.
                if method in item and not item[method].get("x-stream"):
                    yield Operation(self, path, method, item, item[method])


# Types


def literal(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def member_name(name):
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name) else literal(name)


def comment(text, indent):
    lines = [line.strip() for line in str(text or "").strip().splitlines()]
    lines = [line.replace("*/", "*\\/") for line in lines]
    if not any(lines):
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"


def union(types):
    flat = list(dict.fromkeys(types))
    return " | ".join(flat)


def type_of(schema, indent=""):
    """A schema as a TypeScript type."""
    if schema is True or not schema:
        return "unknown"
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "const" in schema:
        return literal(schema["const"])
    if "enum" in schema:
        values = [literal(value) for value in schema["enum"]]
        return union(values + (["(string & {})"] if schema.get("x-extensible") else []))
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return alternatives(schema, schema[key], {name: value for name, value in schema.items() if name != key}, indent)
    if "allOf" in schema:
        rest = {name: value for name, value in schema.items() if name not in ("allOf", "description")}
        parts = [type_of(part, indent) for part in schema["allOf"]] + ([type_of(rest, indent)] if rest else [])
        return " & ".join(f"({part})" if " | " in part else part for part in parts)
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return union([type_of({**schema, "type": kind}, indent) for kind in kinds])
    if kinds == "array":
        item = type_of(schema.get("items", True), indent)
        return f"({item})[]" if re.search(r" [|&] ", item) and not item.endswith("}") or item.startswith("(") else f"{item}[]"
    if kinds == "object" or "properties" in schema:
        return object_type(schema, indent)
    return {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}.get(kinds, "unknown")


def alternatives(schema, choices, base, indent):
    # Alternatives that only say which members must be there, of an object that says what they are.
    if all(set(choice) == {"required"} for choice in choices):
        properties = schema.get("properties", {})
        needed = [
            "{ " + "; ".join(f"{member_name(name)}: {type_of(properties.get(name, True), indent)}" for name in choice["required"]) + " }"
            for choice in choices
        ]
        return f"{type_of(base, indent)} & ({union(needed)})"
    parts = union([type_of(choice, indent) for choice in choices])
    rest = {name: value for name, value in base.items() if name not in ("description", "discriminator", "title", "type") and not name.startswith("x-")}
    return f"{type_of({'type': 'object', **rest}, indent)} & ({parts})" if rest else parts


def object_type(schema, indent):
    inner, required = indent + "  ", set(schema.get("required", []))
    lines = []
    for name, child in schema.get("properties", {}).items():
        lines.append(comment(child.get("description") if isinstance(child, dict) and "$ref" not in child else "", inner))
        lines.append(f"{inner}{member_name(name)}{'' if name in required else '?'}: {type_of(child, inner)};\n")
    further = schema.get("additionalProperties")
    if isinstance(further, dict):
        lines.append(f"{inner}[member: string]: {type_of(further, inner)};\n")
    elif further is True or not lines:
        lines.append(f"{inner}[member: string]: {'never' if further is False else 'unknown'};\n")
    return "{\n" + "".join(lines) + indent + "}"


def schemas_file(specification):
    parts = [HEAD]
    for name, schema in specification.root["components"]["schemas"].items():
        text = type_of(schema)
        parts.append("\n" + comment(schema.get("description"), ""))
        is_plain = text.startswith("{") and text.count("\n}") == 1 and text.endswith("\n}")
        parts.append(f"export interface {name} {text}\n" if is_plain else f"export type {name} = {text};\n")
    return "".join(parts)


# Operations


class Operation:
    def __init__(self, specification, path, method, item, operation):
        self.id, self.path, self.method = operation["operationId"], path, method.upper()
        self.summary, self.deprecated = operation["summary"], operation.get("deprecated", False)
        self.description = operation["description"]
        self.secured = bool(operation["security"])
        self.specification = specification
        self.parameters = [specification.resolve(p) for p in item.get("parameters", []) + operation.get("parameters", [])]
        self.headers = {p["name"].lower(): p for p in self.parameters if p["in"] == "header"}
        self.body = self.body_type(specification.resolve(operation.get("requestBody")))
        self.responses = {status: specification.resolve(response) for status, response in operation["responses"].items()}

    @staticmethod
    def body_type(body):
        if not body:
            return None
        (content,) = [content for media, content in body["content"].items() if media == "application/json"]
        return type_of(content["schema"], "  "), body.get("required", False)

    @property
    def type_name(self):
        return self.id[0].upper() + self.id[1:] + "Parameters"

    @property
    def taken(self):
        """Parameters that the caller gives: all but cookies, which are the browser's or the session's, and the headers that the client knows."""
        return [p for p in self.parameters if p["in"] != "cookie" and not (p["in"] == "header" and p["name"].lower() in KNOWN_HEADERS)]

    @property
    def needs_parameters(self):
        return any(p.get("required") for p in self.taken)

    @property
    def idempotency(self):
        header = self.headers.get("idempotency-key")
        return "none" if header is None else "required" if header.get("required") else "optional"

    def result(self):
        types = []
        for status, response in self.responses.items():
            if not status.startswith("2"):
                continue
            contents = list(response.get("content", {}).values())
            types += [type_of(content["schema"], "  ") for content in contents] or ["void"]
        return union(types) or "void"

    def page(self):
        """How the list goes on, and the type of its rows; None when it is no list."""
        for status, response in self.responses.items():
            if status != "200":
                continue
            for content in response.get("content", {}).values():
                schema = self.specification.resolve(content["schema"])
                properties = schema.get("properties", {})
                if "data" in properties and {"nextCursor", "pagination"} & properties.keys():
                    rows = self.specification.resolve(properties["data"])
                    kind = "byCursor" if "nextCursor" in properties else "byOffset"
                    if kind == "byCursor" and not any(p["name"] == "cursor" for p in self.parameters):
                        return None
                    return kind, type_of(rows["items"], "  ")
        return None

    def parameters_type(self):
        lines = []
        for parameter in self.taken:
            lines.append(comment(parameter.get("description"), "  "))
            lines.append(f"  {member_name(parameter['name'])}{'' if parameter.get('required') else '?'}: {type_of(parameter['schema'], '  ')};\n")
        return f"export interface {self.type_name} {{\n{''.join(lines)}}}\n"

    def table_row(self):
        names = lambda kind: "[" + ", ".join(literal(p["name"]) for p in self.taken if p["in"] == kind) + "]"  # noqa: E731
        return (
            f"  {self.id}: {{ id: {literal(self.id)}, method: {literal(self.method)}, path: {literal(self.path)}, query: {names('query')}, "
            f"headers: {names('header')}, idempotency: {literal(self.idempotency)}, secured: {literal(self.secured)}, "
            f"takesRestaurant: {literal('x-restaurant-id' in self.headers)} }},\n"
        )

    def method_text(self):
        arguments = []
        if self.taken:
            arguments.append(f"parameters: {self.type_name}" + ("" if self.needs_parameters else " = {}"))
        if self.body:
            kind, is_required = self.body
            arguments.append(f"body{'' if is_required else '?'}: {kind}")
        arguments.append("options?: RequestOptions")
        note = f"{self.summary}. {self.description}" + ("\n@deprecated" if self.deprecated else "")
        given = f"{'parameters' if self.taken else '{}'}, {'body' if self.body else 'undefined'}, options"
        return (
            comment(note, "  ")
            + f"  {self.id}({', '.join(arguments)}): Promise<{self.result()}> {{\n    return this.call(operations.{self.id}, {given});\n  }}\n"
        )

    def page_text(self):
        kind, row = self.page()
        cursor = "offset" if kind == "byOffset" else "cursor"
        # A list by `since` goes on by itself: MaitreClient.messagesSince.
        left_out = " | ".join(literal(p["name"]) for p in self.taken if p["name"] in (cursor, "since"))
        default = "" if self.needs_parameters else " = {}"
        return (
            comment(f"{self.summary}, all of them, page by page.", "  ")
            + f"  {self.id}(parameters: Omit<{self.type_name}, {left_out}>{default}, options?: RequestOptions): AsyncGenerator<{row}, void, undefined> {{\n"
            + f"    return {kind}(({cursor}) => this.client.{self.id}({{ ...parameters, {cursor} }}, options));\n  }}\n"
        )


def names_in(text, specification):
    """The schemas that a generated text mentions."""
    known = set(specification.root["components"]["schemas"])
    return sorted(known & set(re.findall(r"\b[A-Z]\w*\b", re.sub(r"/\*\*.*?\*/", "", text, flags=re.S))))


def imports(text, specification):
    names = names_in(text, specification)
    return f"import type {{ {', '.join(names)} }} from \"./schemas.js\";\n" if names else ""


def operations_file(specification):
    operations = list(specification.operations())
    parameters = "\n".join(operation.parameters_type() for operation in operations if operation.taken)
    table = "".join(operation.table_row() for operation in operations)
    methods = "\n".join(operation.method_text() for operation in operations)
    body = (
        f"\n{parameters}\n/** What the client has to know of each operation to call it. */\nexport const operations = {{\n{table}}} as const;\n"
        "\n/** A method for each operation of openapi.yaml. */\nexport abstract class Operations {\n"
        "  protected abstract call<Result>(operation: Operation, parameters: object, body: unknown, options: RequestOptions | undefined): Promise<Result>;\n"
        f"\n{methods}}}\n"
    )
    return HEAD + 'import type { Operation, RequestOptions } from "../request.js";\n' + imports(body, specification) + body


def pages_file(specification):
    pages = [operation for operation in specification.operations() if operation.page()]
    methods = "\n".join(operation.page_text() for operation in pages)
    names = ", ".join(sorted(operation.type_name for operation in pages))
    kinds = ", ".join(sorted({operation.page()[0] for operation in pages}))
    body = f"\n/** Lists as loops: `for await (const bot of client.pages.listBots())`. */\nexport class Pages {{\n  constructor(private readonly client: Operations) {{}}\n\n{methods}}}\n"
    return (
        HEAD
        + f'import {{ {kinds} }} from "../paging.js";\nimport type {{ RequestOptions }} from "../request.js";\n'
        + f'import type {{ Operations, {names} }} from "./operations.js";\n'
        + imports(body, specification)
        + body
    )


def files():
    with open(ROOT / "openapi.yaml", encoding="utf-8") as file:
        specification = Specification(yaml.safe_load(file))
    return {"schemas.ts": schemas_file(specification), "operations.ts": operations_file(specification), "pages.ts": pages_file(specification)}


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    wanted = files()
    if arguments:
        stale = [name for name, text in wanted.items() if not (TARGET / name).is_file() or (TARGET / name).read_text(encoding="utf-8") != text]
        if stale:
            sys.exit(f"clients/typescript/src/generated is older than openapi.yaml ({', '.join(stale)}): run clients/typescript/generate.py")
        return
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        (TARGET / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
