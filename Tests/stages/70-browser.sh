# Title: A customer's phone in a browser: chat, buttons, menu, handover, Arabic, small screens (Playwright)
# Needs: build tools
source Tests/stages/dev.sh
start_dev browser
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -q -p no:cacheprovider --tb=short Tests/Browser "$@"
echo "browser: the phone page works"
