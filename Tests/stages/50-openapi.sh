# Title: openapi.yaml is valid, follows our rules, and the rules find what they are for
# Needs: tools
bash Tests/openapi/validate.sh
echo "openapi: valid"
