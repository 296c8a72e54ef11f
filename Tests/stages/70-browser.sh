# Title: Pages in a browser (Playwright): a customer's phone with chat, handover, Arabic; the reference with its console; small screens
# Needs: build tools
source Tests/stages/dev.sh
start_dev browser
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -q -p no:cacheprovider --tb=short Tests/Browser "$@"
echo "browser: the pages work"
