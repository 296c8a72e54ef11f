"""Whether a client of the last release still works: compares openapi.yaml with the released one (api rule: only additive change inside v1).

    compatibility.py released/openapi.yaml openapi.yaml [accepted.yaml]

Prints one line for each breach; exit status 1 when there are any. What clients send may only widen, what they get may only narrow: requests that were
accepted stay accepted, answers stay what was promised. Members, operations and optional parameters may be added. A string marked `x-extensible` in the
released file may get further values in answers.

`accepted.yaml` maps the exact text of a breach to the reason why it harms nobody; `anywhere: …` stands for it at the end of any. One that no longer
occurs is a finding itself.
"""

import datetime
import sys

from lint import METHODS, load
from schema_change import SchemaChange, resolve

ANYWHERE = "anywhere: "


def where(path, method):
    return f"{method.upper()} {path}"


class Comparison:
    """All breaches between two files, in `findings`."""

    def __init__(self, old, new, today=None):
        self.old, self.new = old, new
        self.today = today or datetime.date.today()
        self.schemas = SchemaChange(old, new)
        self.findings = []
        self.paths()
        self.bases()
        self.events()
        self.schemes()

    def report(self, place, text):
        self.findings.append(f"{place}: {text}")

    def schema(self, place, old, new, direction):
        self.findings += self.schemas.breaches(place, old, new, direction)

    # Operations

    def paths(self):
        for path, old in self.old["paths"].items():
            new = self.new["paths"].get(path)
            if new is None:
                gone = [m for m in METHODS if m in old and not self.has_sunset(old[m])]
                if gone:
                    self.report(path, "the path is gone")
                continue
            for method in METHODS:
                if method not in old:
                    continue
                if method in new:
                    self.operation(where(path, method), old, old[method], new, new[method])
                elif not self.has_sunset(old[method]):
                    self.report(where(path, method), "the operation is gone")

    def has_sunset(self, operation):
        """Whether the released file announced the end, and it has come."""
        sunset = operation.get("x-sunset")
        if not operation.get("deprecated") or sunset is None:
            return False
        return datetime.date.fromisoformat(str(sunset)) <= self.today

    def operation(self, place, old_item, old, new_item, new):
        if old["operationId"] != new.get("operationId"):
            self.report(place, f"operationId {old['operationId']} is now {new.get('operationId')}")
        if old.get("tags") != new.get("tags"):
            self.report(place, "the tag changed, by which generated clients name their modules")
        if new.get("deprecated") and not old.get("deprecated"):
            self.deprecation(place, new)
        self.access(place, old, new)
        self.parameters(place, old_item, old, new_item, new)
        self.body(place, old, new)
        self.responses(place, old, new)

    def deprecation(self, place, new):
        for status, response in new["responses"].items():
            headers = resolve(self.new, response).get("headers", {})
            for name in ("Deprecation", "Sunset"):
                if status.startswith("2") and name not in headers:
                    self.report(place, f"deprecated without {name} on {status}")

    def access(self, place, old, new):
        old_choices = [set(choice) for choice in old.get("security", [])] or [set()]
        new_choices = [set(choice) for choice in new.get("security", [])] or [set()]
        for choice in old_choices:
            if not any(other <= choice for other in new_choices):
                self.report(place, f"{' with '.join(sorted(choice)) or 'no credential'} is not enough any more")
        if old.get("security"):
            for scope in sorted(set(new.get("x-scopes", [])) - set(old.get("x-scopes", []))):
                self.report(place, f"scope {scope} is needed now")
        for role in sorted(set(old.get("x-roles", [])) - set(new.get("x-roles", []))):
            if new.get("security"):
                self.report(place, f"role {role} may not do it any more")

    def parameters(self, place, old_item, old, new_item, new):
        olds = self.parameters_of(self.old, old_item, old)
        news = self.parameters_of(self.new, new_item, new)
        for (kind, name), parameter in olds.items():
            other, at = news.get((kind, name)), f"{place} {kind} {name}"
            if other is None:
                self.report(at, "the parameter is gone")
                continue
            if other.get("required") and not parameter.get("required"):
                self.report(at, "the parameter is required now")
            for member in ("style", "explode"):
                if parameter.get(member) != other.get(member):
                    self.report(at, f"{member} changed")
            self.schema(at, parameter["schema"], other["schema"], "request")
        for kind, name in news.keys() - olds.keys():
            if news[kind, name].get("required"):
                self.report(f"{place} {kind} {name}", "a new parameter is required")

    @staticmethod
    def parameters_of(root, item, operation):
        found = {}
        for parameter in item.get("parameters", []) + operation.get("parameters", []):
            parameter = resolve(root, parameter)
            # The path is compared as a whole, and header names know no case.
            name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            found[parameter["in"], name] = parameter
        return found

    def body(self, place, old, new):
        old_body, new_body = resolve(self.old, old.get("requestBody")), resolve(self.new, new.get("requestBody"))
        if old_body is None:
            if new_body and new_body.get("required"):
                self.report(place, "a body is required now")
            return
        if new_body is None:
            self.report(place, "takes no body any more")
            return
        if new_body.get("required") and not old_body.get("required"):
            self.report(place, "the body is required now")
        for media, content in old_body["content"].items():
            if media not in new_body["content"]:
                self.report(f"{place} body", f"{media} is not taken any more")
            else:
                self.schema(f"{place} body", content["schema"], new_body["content"][media]["schema"], "request")

    def responses(self, place, old, new):
        for status, response in old["responses"].items():
            if status not in new["responses"]:
                self.report(f"{place} {status}", "the status is gone")
                continue
            self.response(f"{place} {status}", resolve(self.old, response), resolve(self.new, new["responses"][status]))
        for status in sorted(new["responses"].keys() - old["responses"].keys()):
            # Clients of the old file know failures by the default problem, but success only by its number.
            if not status.startswith(("4", "5")):
                self.report(f"{place} {status}", "a new status of success")

    def response(self, place, old, new):
        news = {name.lower(): header for name, header in new.get("headers", {}).items()}
        for name, header in old.get("headers", {}).items():
            if name.lower() not in news:
                self.report(place, f"header {name} is gone")
                continue
            old_header, new_header = resolve(self.old, header), resolve(self.new, news[name.lower()])
            if old_header.get("required") and not new_header.get("required"):
                self.report(place, f"header {name} may be missing now")
            self.schema(f"{place} {name}", old_header["schema"], new_header["schema"], "response")
        for media, content in old.get("content", {}).items():
            if media not in new.get("content", {}):
                self.report(place, f"{media} is not answered any more")
            else:
                self.schema(place, content["schema"], new["content"][media]["schema"], "response")
        for media in new.get("content", {}).keys() - old.get("content", {}).keys():
            self.report(place, f"may be {media} now")

    # What is not an operation

    def bases(self):
        for base, others in self.old.get("x-bases", {}).items():
            for other in set(others) - set(self.new.get("x-bases", {}).get(base, [])):
                self.report("x-bases", f"{base} is not served under {other} any more")
        for path, old in self.old["paths"].items():
            new = self.new["paths"].get(path, {})
            if new.get("x-unversioned") is False and old.get("x-unversioned") is not False:
                self.report(path, "is not served without a version any more")

    def events(self):
        """Outgoing webhooks: what others receive from us narrows, like an answer."""
        for name, old in self.old.get("webhooks", {}).items():
            new = self.new.get("webhooks", {}).get(name)
            if new is None:
                self.report(f"webhook {name}", "the event is gone")
                continue
            old_content = resolve(self.old, old["post"]["requestBody"])["content"]
            new_content = resolve(self.new, new["post"]["requestBody"])["content"]
            for media, content in old_content.items():
                if media not in new_content:
                    self.report(f"webhook {name}", f"{media} is not sent any more")
                else:
                    self.schema(f"webhook {name}", content["schema"], new_content[media]["schema"], "response")

    def schemes(self):
        news = self.new.get("components", {}).get("securitySchemes", {})
        for name, scheme in self.old.get("components", {}).get("securitySchemes", {}).items():
            for member in ("type", "in", "name", "scheme"):
                if name in news and scheme.get(member) != news[name].get(member):
                    self.report(f"security scheme {name}", f"{member} changed")


def breaches(old, new, accepted=None, today=None):
    """One line for each breach that nobody accepted, and for each acceptance without a breach."""
    accepted = accepted or {}
    found = list(dict.fromkeys(Comparison(old, new, today).findings))
    covers = lambda text, finding: finding.endswith(text[len(ANYWHERE) :]) if text.startswith(ANYWHERE) else text == finding
    left = [finding for finding in found if not any(covers(text, finding) for text in accepted)]
    return left + [
        f"accepted, but there is no such breach: {text}" for text in accepted if not any(covers(text, finding) for finding in found)
    ]


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    accepted = load(arguments[2]) if len(arguments) == 3 else None
    found = breaches(load(arguments[0]), load(arguments[1]), accepted)
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
