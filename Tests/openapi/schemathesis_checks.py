"""Schemathesis' two checks of what is accepted, without the answers that are right although openapi.yaml cannot say why; cookies; and what nobody may end.

`LEGITIMATE` lists them, each for one operation with its reason. Everything else that these checks find fails.
`positive_data_acceptance` and `negative_data_rejection` themselves are off in schemathesis.toml; they are called here.
"""

import os
import re
from http.cookies import SimpleCookie

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoverageScenario, TestPhase
from schemathesis.specs.openapi import checks as built_in

LARGEST_LIMIT = 9223372036854775807


def problem(response):
    try:
        return response.json()
    except ValueError:
        return {}


def refused(code):
    """A refusal with this code."""
    return lambda case, response: problem(response).get("code") == code


def refused_fields(*patterns):
    """A refusal of nothing but fields whose `pointer code` fits one of these; also of U+0000, which PostgreSQL cannot store."""

    def matches(case, response):
        errors = problem(response).get("errors", [])
        return bool(errors) and all(
            error["code"] == "invalid_characters"
            and "U+0000" in error["message"]
            or any(re.fullmatch(pattern, f"{error['pointer']} {error['code']}") for pattern in patterns)
            for error in errors
        )

    return matches


def huge_limit(case, response):
    """A limit that is a whole number too large for 64 bits; 410 is about the position that came with it."""
    limit = str((case.query or {}).get("limit", ""))
    return response.status_code in (200, 410) and limit.isdigit() and int(limit) > LARGEST_LIMIT


def long_tag(case, response):
    """An If-None-Match that is longer than any ETag of ours."""
    given = {name.lower(): str(value) for name, value in (case.headers or {}).items()}
    return response.status_code == 200 and len(given.get("if-none-match", "")) > 500


def unknown_parameter(case, response):
    """A query whose one fault is a parameter that no operation has, in a request with a good X-Restaurant-Id."""
    # Schemathesis passes over these by itself, but not where it made a bad header as well and schemathesis.toml has put a good one in its place.
    data = case.meta.phase.data
    scenario = getattr(data, "scenario", None)
    return response.status_code == 200 and scenario == CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES and data.parameter_location == ParameterLocation.QUERY


def unreadable_query(case, response):
    """A refusal of a query with U+0000."""
    return problem(response).get("code") == "malformed_request" and any("\0" in str(value) for value in (case.query or {}).values())


LISTS = [
    "listApiKeys",
    "listAuditLog",
    "listBots",
    "listChannels",
    "listConversations",
    "listDeadLetters",
    "listEvents",
    "listInvitations",
    "listMessages",
    "listPersonalAccessTokens",
    "listPlatformInvitations",
    "listPlatformKeys",
    "listQuarantine",
    "listTeam",
    "listWebhookDeliveries",
    "listWebhookEndpoints",
]
CREDENTIALS = ["ApiKey", "PersonalAccessToken", "PlatformKey"]

# (check, operation, when it is right, why)
LEGITIMATE = [
    *(("positive", name, refused("invalid_cursor"), "A cursor is opaque; no schema says which strings are cursors.") for name in LISTS),
    *(("negative", name, huge_limit, "A limit above the maximum is clamped, as its description says.") for name in LISTS + ["listMerchants", "getUsage"]),
    *(
        ("negative", name, long_tag, "An ETag that is not ours matches nothing, however long it is.")
        for name in ["getMerchant", "getCurrentMerchant", "getBot", "getChannel", "getConversation", "getWebhookEndpoint"]
    ),
    ("positive", "listEvents", refused("position_gone"), "A position is opaque; no schema says which are of this installation."),
    *(
        ("positive", name, unreadable_query, "A query with U+0000 is refused as a whole.")
        for name in LISTS + ["openRealtime", "openRealtimeOlder", "openRealtimeRoot"]
    ),
    *(
        ("negative", name, unknown_parameter, "Unknown query parameters are ignored, as the description of the API says.")
        for name in LISTS + ["getUsage"]
    ),
    *(
        ("positive", name, refused("link_invalid"), "No schema says which links were sent; one is good once.")
        for name in ["confirmPasswordReset", "inspectInvitation", "acceptInvitation"]
    ),
    (
        "positive",
        "acceptInvitation",
        refused_fields("/password too_(common|short|long)", "/name (required|too_short|invalid_format)"),
        "Whoever is new says a name and a password by the rules; whoever is not needs neither.",
    ),
    (
        "positive",
        "changePassword",
        refused_fields("/currentPassword not_allowed", "/newPassword too_(common|short|long)"),
        "The present password is not known here; a new one is counted as NFKC has it.",
    ),
    *(
        ("positive", name, refused_fields("/password not_allowed"), "No schema says which password is right.")
        for name in ["proposeSecondFactor", "removeSecondFactor"]
    ),
    ("positive", "confirmSecondFactor", refused_fields("/totp not_allowed"), "No schema says which code an application shows."),
    ("positive", "listMessages", refused_fields(r"\?since not_allowed"), "since and cursor exclude each other."),
    ("positive", "createMerchant", refused_fields("/timeZone .*", "/name invalid_format"), "Only PostgreSQL knows the time zones; a name can be seen."),
    *(
        ("positive", name, refused_fields("/url url_not_allowed"), "What may be called is described in words.")
        for name in ["createWebhookEndpoint", "updateWebhookEndpoint"]
    ),
    *(
        (
            "positive",
            name,
            refused_fields(
                "/timeZone .*",
                "/businessHours/weekly/[0-9]+ (overlap|too_many)",
                "/businessHours/holidays/[0-9]+ repeated",
                "/businessHours/holidays/[0-9]+/closed invalid_value",
                "/businessHours/holidays/[0-9]+/date invalid_format",
                "/businessHours/holidays/[0-9]+/name invalid_(characters|format)",
                "/name invalid_format",
            ),
            "Only PostgreSQL knows the time zones; intervals and holidays are described in words.",
        )
        for name in ["updateMerchant", "updateCurrentMerchant"]
    ),
    *(
        ("positive", name, refused("version_mismatch"), "No schema says which version a restaurant or an endpoint has.")
        for name in ["updateMerchant", "updateCurrentMerchant", "updateWebhookEndpoint", "deleteWebhookEndpoint"]
    ),
    *(
        ("negative", name, refused("version_mismatch"), "An ETag that is not ours is another version, however long it is.")
        for name in ["updateMerchant", "updateCurrentMerchant", "updateWebhookEndpoint", "deleteWebhookEndpoint"]
    ),
    *(
        ("positive", name, refused_fields(), "A pattern against U+0000 at every string would hide the other rules.")
        for name in ["suspendMerchant", "closeMerchant"]
    ),
    *(
        ("positive", f"create{name}", refused_fields("/expiresAt .*", "/name invalid_format"), "A credential ends in the future; a name can be seen.")
        for name in CREDENTIALS
    ),
    *(
        ("positive", name, refused_fields(), "A pattern against U+0000 at every string would hide the other rules.")
        for name in ["updateChannel", "rollChannelSecret", "logIn", "requestPasswordReset", "confirmPasswordReset", "inspectInvitation"]
    ),
    *(
        (kind, name, refused("upgrade_required"), "These addresses speak WebSocket only, which Schemathesis does not.")
        for kind in ("positive", "negative")
        for name in ("openRealtime", "openRealtimeOlder", "openRealtimeRoot")
    ),
    ("positive", "createBot", refused_fields("/name invalid_format"), "As above; and a name can be seen."),
    ("positive", "updateMe", refused_fields("/name invalid_format"), "A name can be seen."),
    (
        "positive",
        "createChannel",
        refused_fields("/appSecret app_secret_mismatch"),
        "An app that is known already comes with its own secret.",
    ),
    *(
        ("positive", name, refused("idempotency_key_reused"), "Several bodies share one generated Idempotency-Key.")
        for name in ["sendMessage", "createMerchant", "createBot", "createChannel", "createInvitation", "createPlatformInvitation"]
        + [f"{verb}{name}" for verb in ("create", "roll") for name in CREDENTIALS]
    ),
    (
        "positive",
        "sendMessage",
        refused_fields(
            "/replyTo unknown",
            "/reaction/messageId unknown",
            "/interactive/sections/[0-9]+/title required",
            "/interactive/sections too_many",
            "/interactive/(buttons|sections)/.* duplicate",
        ),
        "Described in words: quoted messages exist, several sections have titles, few rows in all, ids and titles differ.",
    ),
]


def check_but_for(name, check, ctx, response, case):
    try:
        return check(ctx, response, case)
    except Failure:
        operation = case.operation.definition.raw.get("operationId")
        if any(kind == name and of == operation and is_right(case, response) for kind, of, is_right, _ in LEGITIMATE):
            return None
        raise


@schemathesis.check
def accepts_valid_requests(ctx, response, case):
    return check_but_for("positive", built_in.positive_data_acceptance, ctx, response, case)


@schemathesis.check
def refuses_invalid_requests(ctx, response, case):
    return check_but_for("negative", built_in.negative_data_rejection, ctx, response, case)


REFRESH_COOKIE = "__Host-maitre_refresh"
# What schemathesis.toml sends, and what is sent instead. A token is good for one refresh, whose answer has the next. Logging out is another session's:
# the first request ends it, and for the others nothing is left to end.
FIRST = os.environ["MAITRE_REFRESH"]
TOKENS = {"refreshSession": FIRST, "logOut": os.environ["MAITRE_LOGOUT"]}

# The example's password becomes the owner's. Not for changePassword, which ought to fail: the run could not ask for the password again.
RIGHT_BODIES = {"proposeSecondFactor": {"password": os.environ["MAITRE_OWNER_PASSWORD"]}}

# What ends, for good, what the run itself needs.
DESTRUCTIVE = {
    "closeMerchant",
    "deleteWebhookEndpoint",
    "endSession",
    "removeMember",
    "removePlatformAdmin",
    "revokePersonalAccessToken",
    "revokePlatformKey",
    "rollPersonalAccessToken",
    "rollPlatformKey",
    "suspendMerchant",
}
GUARDED = set(os.environ["MAITRE_GUARDED"].split())
NOTHING = "01938f5e-0000-7000-8000-000000000000"


@schemathesis.hook
def before_call(context, case, **kwargs):
    operation = case.operation.definition.raw.get("operationId")
    if operation in TOKENS and (case.cookies or {}).get(REFRESH_COOKIE) == FIRST:
        case.cookies[REFRESH_COOKIE] = TOKENS[operation]
    if operation in RIGHT_BODIES and case.meta.phase.name == TestPhase.EXAMPLES:
        case.body = RIGHT_BODIES[operation]
    if operation in DESTRUCTIVE:
        # Their ids come from lists.
        for name, value in (case.path_parameters or {}).items():
            if str(value).lower() in GUARDED:
                case.path_parameters[name] = NOTHING


@schemathesis.hook
def after_call(context, case, response):
    if case.operation.definition.raw.get("operationId") == "refreshSession":
        for line in response.headers.get("set-cookie", []):
            if (cookie := SimpleCookie(line).get(REFRESH_COOKIE)) and cookie.value:
                TOKENS["refreshSession"] = cookie.value
