# Title: The running program answers as openapi.yaml says (Schemathesis)
# Needs: build tools
source Tests/stages/dev.sh
start_dev schemathesis
exports=$(.venv/bin/python Tests/openapi/demo.py "$DEV_DEMO")
eval "$exports"
export MAITRE_CHECKS="$PWD/Tests/openapi/schemathesis_checks.py" PYTHONDONTWRITEBYTECODE=1

# Schemathesis looks for variables in most places of its settings, but not in dictionaries.
config="$MAITRE_TEST_DIRECTORY/schemathesis/schemathesis.toml"
.venv/bin/python -c 'import os, sys; print(os.path.expandvars(sys.stdin.read()))' <Tests/openapi/schemathesis.toml >"$config"

# Run from the directory that goes at the end, so that nothing is left in the repository.
root=$PWD
cd "$MAITRE_TEST_DIRECTORY/schemathesis"
ask() {
    "$root/.venv/bin/st" --config-file "$config" run "$root/openapi.yaml" --url "$MAITRE_URL" --no-color "$@"
}

failed=0
# What only whoever runs the installation may do.
MAITRE_CREDENTIAL=$MAITRE_PLATFORM_KEY ask --include-tag Merchants --include-tag Quarantine --include-tag Usage --include-tag Jobs \
    --include-tag "Platform administrators" --include-path-regex '^/api/v1/platform-keys' "$@" || failed=1
# What a restaurant's people do, and what needs no credential; but a stream of events, which does not end.
MAITRE_CREDENTIAL=$MAITRE_TOKEN ask --exclude-tag Merchants --exclude-tag Quarantine --exclude-tag Jobs --exclude-operation-id streamEvents "$@" || failed=1
# What only somebody may do who is logged in; first what needs other sessions and tries at the password, then what uses them up.
# An access token is good for ten minutes; all this takes less than one.
MAITRE_CREDENTIAL=$MAITRE_SESSION ask --include-tag Me --include-tag Team \
    --exclude-operation-id endOtherSessions --exclude-operation-id changePassword "$@" || failed=1
MAITRE_CREDENTIAL=$MAITRE_SESSION ask --include-operation-id endOtherSessions --include-operation-id changePassword "$@" || failed=1
# Two restaurants: what one reads must not be there for the other (attack A1). The same settings, with both as who asks in turn.
peers="$PWD/peers.toml"
sed '/^\[auth\./,$d; /^"header.X-Restaurant-Id"/d' "$config" >"$peers"
printf '[auth.wfc]\npath = "%s"\npeers = ["own", "other"]\n' "$PWD/peers.yaml" >>"$peers"
cat >"$PWD/peers.yaml" <<END
auth:
  - {name: own, fixedHeaders: [{name: Authorization, value: "Bearer $MAITRE_TOKEN"}, {name: X-Restaurant-Id, value: "$MAITRE_RESTAURANT"}]}
  - {name: other, fixedHeaders: [{name: Authorization, value: "Bearer $MAITRE_OTHER_TOKEN"}, {name: X-Restaurant-Id, value: "$MAITRE_OTHER_RESTAURANT"}]}
END
"$root/.venv/bin/st" --config-file "$peers" run "$root/openapi.yaml" --url "$MAITRE_URL" --no-color --checks object_level_authorization,not_a_server_error \
    --include-tag Bots --include-tag Channels --include-tag Conversations --include-tag Messages --include-tag Credentials --include-tag Team \
    --include-tag Merchants --include-tag Audit "$@" || failed=1
[[ $failed -eq 0 ]]
echo "schemathesis: the program answers as openapi.yaml says"
