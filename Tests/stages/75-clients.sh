# Title: The TypeScript client and one that strangers generate fit openapi.yaml and work against the running program
# Needs: build tools
client=clients/typescript
.venv/bin/python "$client/generate.py" --check
tsc --project "$client/test"
tsc --project "$client/react"
# What is published, built anew in the folder that the tests import from.
rm -rf "$client/dist"
tsc --project "$client"

source Tests/stages/dev.sh
start_dev clients
node --test "$client/test/" >"$MAITRE_TEST_DIRECTORY/clients.log" || { cat "$MAITRE_TEST_DIRECTORY/clients.log"; exit 1; }
grep -E '^# (tests|pass|fail)' "$MAITRE_TEST_DIRECTORY/clients.log"
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -q -p no:cacheprovider --tb=short Tests/clients "$@"
echo "clients: they work"
