"""How one JSON schema differs from another for those who rely on the older one.

In a request the new schema has to take all that the old one took; in a response it may only give what the old one gave.
"""

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Which of these means what cannot be compared: they are equal, or only on the side that may be stricter.
OPAQUE = ("pattern", "format", "multipleOf", "uniqueItems", "not", "contentEncoding")
TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null", list: "array", dict: "object"}


def resolve(root, node):
    while isinstance(node, dict) and "$ref" in node:
        target = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


class SchemaChange:
    def __init__(self, old_root, new_root):
        self.old_root, self.new_root = old_root, new_root
        # Pairs that are being compared: a schema that contains itself is assumed to be fine below.
        self.open = set()

    def breaches(self, place, old, new, direction):
        old, new = resolve(self.old_root, old), resolve(self.new_root, new)
        key = (id(old), id(new), direction)
        if key in self.open or old == new and not has_reference(old):
            return []
        self.open.add(key)
        found = self.alternatives(place, old, new, direction)
        if direction == "request" and "default" in old and old["default"] != new.get("default"):
            found.append(f"{place}: the default changed from {old['default']!r}")
        self.open.discard(key)
        return found

    def alternatives(self, place, old, new, direction):
        """Every alternative of the side that binds needs one on the other side that it fits into."""
        olds, news = variants(self.old_root, old), variants(self.new_root, new)
        found = []
        for variant in olds if direction == "request" else news:
            others = news if direction == "request" else olds
            pairs = [(variant, other) if direction == "request" else (other, variant) for other in others]
            results = [self.one(place, a, b, direction) for a, b in pairs]
            if all(results):
                # The one that is meant is most likely the one with the same name or type, then with the fewest differences.
                best = min(range(len(results)), key=lambda i: (not alike(*pairs[i]), len(results[i])))
                if alike(*pairs[best]):
                    found += results[best]
                elif direction == "request":
                    found.append(f"{place}: {describe(variant)} is not taken any more")
                else:
                    found.append(f"{place}: may be {describe(variant)} now")
        return found

    def one(self, place, old, new, direction):
        found = []
        strict, loose = (new, old) if direction == "request" else (old, new)
        # `strict` is the side that may not ask more than `loose` already does.
        found += types(place, strict, loose, direction)
        found += values(place, old, new, direction)
        found += limits(place, strict, loose, direction)
        found += self.members(place, old, new, direction)
        if "items" in strict:
            if "items" in loose:
                found += self.breaches(f"{place}[]", old["items"], new["items"], direction)
            else:
                found.append(f"{place}: {'items have a schema now' if direction == 'request' else 'items may be anything now'}")
        return found

    def members(self, place, old, new, direction):
        found = []
        olds, news = old.get("properties", {}), new.get("properties", {})
        old_required, new_required = set(old.get("required", [])), set(new.get("required", []))
        for name, schema in olds.items():
            at = f"{place}.{name}"
            if name not in news:
                if direction == "response" or new.get("additionalProperties", True) is not True:
                    found.append(f"{at}: the member is gone")
                continue
            found += self.breaches(at, schema, news[name], direction)
        if direction == "request":
            found += [f"{place}.{name}: the member is required now" for name in sorted(new_required - old_required)]
        else:
            found += [f"{place}.{name}: the member may be missing now" for name in sorted((old_required - new_required) & set(news))]
        found += self.further_members(place, old, new, direction)
        return found

    def further_members(self, place, old, new, direction):
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(before, dict) and isinstance(after, dict):
            return self.breaches(f"{place}.*", before, after, direction)
        if before is False and after is False and direction == "response":
            return [f"{place}.{name}: a member of an object that promised to have no others" for name in extra(old, new)]
        if direction == "request" and before is not False and after is not before and after is not True:
            return [f"{place}: further members are {'refused' if after is False else 'bound'} now"]
        if direction == "response" and before is not True and after is not before and after is not False:
            return [f"{place}: may have further members now"]
        return []


def extra(old, new):
    return sorted(set(new.get("properties", {})) - set(old.get("properties", {})))


def has_reference(node):
    if isinstance(node, dict):
        return "$ref" in node or any(has_reference(child) for child in node.values())
    return isinstance(node, list) and any(has_reference(child) for child in node)


def variants(root, schema):
    """The schema as alternatives of one type each: `oneOf` and `anyOf` multiplied out, lists of types taken apart, `allOf` merged."""
    schema = resolve(root, schema)
    if schema is True:
        return [{}]
    for part in schema.get("allOf", []):
        part = resolve(root, part)
        schema = merge({key: value for key, value in schema.items() if key != "allOf"}, part)
    for key in ("oneOf", "anyOf"):
        if key in schema:
            base = {name: value for name, value in schema.items() if name != key}
            return [one for choice in schema[key] for part in variants(root, choice) for one in variants(root, merge(base, part))]
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return [one for kind in kinds for one in variants(root, {**schema, "type": kind})]
    if "const" in schema:
        schema = {**schema, "enum": [schema["const"]]}
    if "enum" in schema and kinds:
        schema = {**schema, "enum": [value for value in schema["enum"] if fits(value, kinds)]}
    elif "enum" in schema:
        by_type = {}
        for value in schema["enum"]:
            by_type.setdefault(TYPES[type(value)], []).append(value)
        return [{**schema, "type": kind, "enum": values} for kind, values in by_type.items()]
    return [schema]


def merge(base, part):
    merged = {**base, **part}
    for key in ("properties",):
        if key in base and key in part:
            merged[key] = {**base[key], **part[key]}
    if "required" in base and "required" in part:
        merged["required"] = base["required"] + part["required"]
    return merged


def fits(value, kind):
    actual = TYPES[type(value)]
    return actual == kind or (actual == "integer" and kind == "number")


def alike(old, new):
    """Whether two alternatives are the same one at different times."""
    kinds = {old.get("type"), new.get("type")}
    if len(kinds) > 1 and None not in kinds and kinds != {"integer", "number"}:
        return False
    return discriminators(old).items() <= discriminators(new).items() or discriminators(new).items() <= discriminators(old).items()


def discriminators(schema):
    return {name: child["const"] for name, child in schema.get("properties", {}).items() if isinstance(child, dict) and "const" in child}


def describe(schema):
    named = ", ".join(f"{name} {value}" for name, value in discriminators(schema).items())
    text = schema.get("type") or "anything"
    return f"{text} ({named})" if named else text


def types(place, strict, loose, direction):
    asked, given = strict.get("type"), loose.get("type")
    if asked is None or asked == given or (asked == "number" and given == "integer"):
        return []
    if direction == "request":
        return [f"{place}: {given or 'anything'} was taken, now only {asked}"]
    return [f"{place}: was {asked}, may be {given or 'anything'} now"]


def values(place, old, new, direction):
    before, after = old.get("enum"), new.get("enum")
    if direction == "request":
        if after is None:
            return []
        if before is None:
            return [f"{place}: only certain values are taken now"]
        return [f"{place}: {value!r} is not taken any more" for value in before if value not in after]
    if before is None:
        return []
    if old.get("x-extensible"):
        # Clients go by these words: more may come, and none may go.
        return [f"{place}: {value!r} is gone" for value in before if after is not None and value not in after]
    if after is None:
        return [f"{place}: may have any value now"]
    return [f"{place}: may be {value!r} now" for value in after if value not in before]


def limits(place, strict, loose, direction):
    """What `strict` asks and `loose` did not."""
    found, word = [], "narrower" if direction == "request" else "wider"
    for key in LOWER:
        if key in strict and (key not in loose or loose[key] < strict[key]) and strict[key] != trivial(key):
            found.append(f"{place}: {key} is {word}")
    for key in UPPER:
        if key in strict and (key not in loose or loose[key] > strict[key]):
            found.append(f"{place}: {key} is {word}")
    for key in OPAQUE:
        if key in strict and strict[key] is not False and loose.get(key) != strict[key]:
            found.append(f"{place}: {key} changed")
    return found


def trivial(key):
    """A limit that excludes nothing."""
    return 0 if key in ("minLength", "minItems", "minProperties") else None
