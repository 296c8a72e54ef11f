# Title: openapi.yaml is valid, follows our rules and breaks no promise of the last release; the checks find what they are for
# Needs: tools
bash Tests/openapi/validate.sh
echo "openapi: valid"
