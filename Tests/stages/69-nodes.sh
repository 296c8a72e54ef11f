# Title: Two servers and two workers behind nginx: whoever dies, every client has been told everything once
# Needs: build tools
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -q -p no:cacheprovider --tb=short -rs -s Tests/nodes "$@"
echo "nodes: it holds"
