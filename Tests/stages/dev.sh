# For stages that ask a running Maitre: source this, call start_dev, and the program stops with the stage.

dev=
stop_dev() {
    trap '' INT TERM
    [[ -n $dev ]] || return 0
    kill -TERM "$dev" 2>/dev/null || true
    wait "$dev" 2>/dev/null || true
    dev=
}
trap stop_dev EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    .venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_dev NAME: runs `maitre dev` with new data in $MAITRE_TEST_DIRECTORY/NAME; then DEV_DEMO is the file with its address and its credentials.
start_dev() {
    local directory="$MAITRE_TEST_DIRECTORY/$1" try port
    # PostgreSQL does not run as root: its user has to reach the data.
    mkdir -p "$directory"
    chmod 711 "$directory"
    for try in 1 2 3; do
        port=$(free_port)
        "$MAITRE_PROGRAM" dev --port "$port" --data "$directory/.maitre" </dev/null >"$directory/out" 2>"$directory/err" &
        dev=$!
        for ((waited = 0; waited < 1200; waited++)); do
            if grep -qs '^Maitre is running\.' "$directory/out"; then
                export DEV_DEMO="$directory/.maitre/demo.json"
                return 0
            fi
            kill -0 "$dev" 2>/dev/null || break
            sleep 0.1
        done
        stop_dev
        trap 'exit 130' INT
        trap 'exit 143' TERM
        # Somebody may have taken the port between our asking for a free one and the program's using it.
        grep -q 'is taken' "$directory/err" || break
    done
    echo "maitre dev did not start:" >&2
    cat "$directory/out" "$directory/err" >&2
    return 1
}
