# Title: Another restaurant's credential sees and changes nothing, whatever it asks of the API
# Needs: build tools
source Tests/stages/dev.sh
start_dev isolation
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -q -p no:cacheprovider --tb=short Tests/isolation "$@"
echo "isolation: nothing of another restaurant was seen or changed"
