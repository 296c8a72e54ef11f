# Title: kill -9 of server, worker and PostgreSQL under load loses and doubles nothing (short form of bench/torture)
# Needs: build tools
# First that the checks can fail: without that, that they passed would mean little.
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python bench/torture --selftest --merchants 12
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python bench/torture --short "$@"
