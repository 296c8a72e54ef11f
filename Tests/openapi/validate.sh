#!/usr/bin/env bash
# Checks openapi.yaml: valid OpenAPI 3.1, our own rules, what the last release promised, and that the checks themselves find what they are for.
# Needs the packages of Tests/requirements.txt; VENV names their virtual environment (default: .venv).
set -euo pipefail
cd "$(dirname "$0")/../.."
python="${VENV:-.venv}/bin/python"
"$python" -m openapi_spec_validator --schema 3.1 openapi.yaml
"$python" Tests/openapi/lint.py openapi.yaml
"$python" -m unittest -q Tests/openapi/test_lint.py
"$python" Tests/openapi/compatibility.py Tests/openapi/released/openapi.yaml openapi.yaml Tests/openapi/released/accepted.yaml
PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p no:cacheprovider --tb=short Tests/openapi/test_compatibility.py
