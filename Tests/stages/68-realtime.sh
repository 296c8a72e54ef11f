# Title: Clients that others wrote talk to the live stream, and whatever bytes come it holds
# Needs: build tools
source Tests/stages/dev.sh
start_dev realtime
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -q -p no:cacheprovider --tb=short Tests/realtime "$@"
echo "realtime: it holds"
