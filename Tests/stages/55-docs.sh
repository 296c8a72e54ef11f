# Title: The guides name codes, operations and limits that there are
# Needs: tools
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -q -p no:cacheprovider --tb=short Tests/docs "$@"
echo "docs: the guides say what the program does"
