"""The guides say what the program does: codes, operations and limits that they name are those of openapi.yaml and of the program."""

import hashlib
import hmac
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests" / "openapi"), str(ROOT / "docs" / "site")]
from lint import METHODS, load  # noqa: E402

GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md")) + [ROOT / "clients" / "typescript" / "README.md"]
SPECIFICATION = load(ROOT / "openapi.yaml")
STATUSES = {
    "badRequest": 400, "unauthorized": 401, "forbidden": 403, "notFound": 404, "methodNotAllowed": 405, "requestTimeout": 408, "conflict": 409, "gone": 410,
    "preconditionFailed": 412, "contentTooLarge": 413, "uriTooLong": 414, "unsupportedMediaType": 415, "unprocessableContent": 422,
    "upgradeRequired": 426, "preconditionRequired": 428, "tooManyRequests": 429, "requestHeaderFieldsTooLarge": 431, "internalServerError": 500, "badGateway": 502,
    "serviceUnavailable": 503,
}  # fmt: skip


def codes_of_the_program():
    """code → status, as ProblemCode.swift has them."""
    text = (ROOT / "Sources" / "API" / "Problems" / "ProblemCode.swift").read_text(encoding="utf-8")
    cases = {name: code or name for name, code in re.findall(r'^    case (\w+)(?: = "(\w+)")?$', text, re.M)}
    statuses = {}
    for name, known, number in re.findall(r"^        case \.(\w+): \((?:\.(\w+)|HTTPResponse\.Status\(code: (\d+))", text, re.M):
        statuses[cases[name]] = int(number) if number else STATUSES[known]
    assert set(statuses) == set(cases.values())
    return statuses


def codes_of_the_page():
    text = (ROOT / "docs" / "guides" / "problem-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \| (.+) \|$", text, re.M)
    assert len(rows) == len({code for code, _, _ in rows})
    return {code: int(status) for code, status, _ in rows}


def operations():
    return {(method.upper(), path) for path, item in SPECIFICATION["paths"].items() for method in METHODS if method in item}


def test_the_page_of_codes_has_each_code_with_its_status():
    assert codes_of_the_page() == codes_of_the_program()
    assert set(codes_of_the_page()) == set(SPECIFICATION["components"]["schemas"]["ProblemCode"]["enum"])


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_codes_that_a_guide_names_exist(guide):
    text = guide.read_text(encoding="utf-8")
    named = {code for _, codes in re.findall(r"^\| (\d{3}) \| ((?:`\w+`(?:, )?)+) \|", text, re.M) for code in re.findall(r"`(\w+)`", codes)}
    named |= set(re.findall(r"\d{3} `([a-z]+_[a-z_]+)`", text))
    assert named <= set(codes_of_the_program())


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_operations_that_a_guide_names_exist(guide):
    text = guide.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}-]+)", text))
    missing = named - operations()
    assert not missing


def test_addresses_in_examples_are_operations():
    """`curl …/api/v1/conversations/$CONVERSATION/messages` names a path, whatever the variables."""
    shapes = [re.sub(r"\{\w+\}", "[^/]+", path) for _, path in operations()]
    for guide in GUIDES:
        for address in re.findall(r"https://maitre\.example(/[^\s\"?]+)", guide.read_text(encoding="utf-8")):
            assert any(re.fullmatch(shape, address) for shape in shapes), f"{guide.name}: {address}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_json_in_a_guide_is_json(guide):
    for block in re.findall(r"```json\n(.*?)```", guide.read_text(encoding="utf-8"), re.S):
        json.loads(block)


def test_the_signature_that_an_outside_bot_is_checked_with_is_right():
    text = (ROOT / "docs" / "guides" / "outside-bots.md").read_text(encoding="utf-8")
    pattern = r"with the secret `(\w+)`, the timestamp `(\d{13})` and the body\n`(\{[^`]+\})` it is `([0-9a-f]{64})`"
    ((secret, timestamp, body, signature),) = re.findall(pattern, text)
    assert hmac.new(secret.encode(), (body + timestamp).encode(), hashlib.sha256).hexdigest() == signature


def test_limits_that_guides_name_are_those_of_the_description():
    parameters = SPECIFICATION["components"]["parameters"]
    paging = (ROOT / "docs" / "guides" / "paging.md").read_text(encoding="utf-8")
    assert f"{parameters['Limit']['schema']['default']} without it, at most 100" in paging
    key = parameters["IdempotencyKey"]["schema"]
    assert f"{key['minLength']} to {key['maxLength']} visible ASCII characters" in (ROOT / "docs" / "guides" / "idempotency.md").read_text(encoding="utf-8")


def test_the_page_of_events_has_each_type_with_its_summary_and_its_members():
    text = (ROOT / "docs" / "guides" / "events.md").read_text(encoding="utf-8")
    rows = {name: (summary, members) for name, summary, members in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", text, re.M)}
    assert set(rows) == set(SPECIFICATION["webhooks"])
    for name, item in SPECIFICATION["webhooks"].items():
        summary, members = rows[name]
        assert summary == item["post"]["summary"]
        reference = item["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["data"]["$ref"]
        data = SPECIFICATION["components"]["schemas"][reference.rsplit("/", 1)[1]]
        described = {member: optional == "?" for member, optional in re.findall(r"`(\w+)(\??)`", members)}
        assert described == {member: member not in data["required"] for member in data["properties"]}, name


def test_the_pages_are_made_of_the_files_of_today():
    """bin/bootstrap has made them; a program that was started before serves older ones."""
    import build

    assert (ROOT / ".docs" / "made-of").read_text() == build.fingerprint()
    served = json.loads((ROOT / ".docs" / "openapi.json").read_text(encoding="utf-8"))
    assert served == SPECIFICATION
