# Title: Swift tests, with a PostgreSQL server of their own
# Needs: build database
flags=(-c release -Xswiftc -enable-testing --skip-build --disable-xctest)
[[ -n ${MAITRE_SCRATCH:-} ]] && flags+=(--scratch-path "$MAITRE_SCRATCH")
if [[ $# -gt 0 ]]; then
    exec swift test "${flags[@]}" "$@"
fi
# One target after the other: inside a target tests run in parallel, but on two cores whole installations, whole servers and tests that measure time
# would only starve each other.
targets=(CoreTests PostgresTests TenancyTests JobsTests OutboundTests EventsTests UsageTests MessagingTests APITests SimulatorTests MaitreTests EndToEndTests)
# None is forgotten.
[[ "$(printf '%s\n' "${targets[@]}" | sort)" == "$(cd Tests && printf '%s\n' *Tests | sort)" ]] || { echo "this stage does not know all targets of tests" >&2 && exit 1; }
failed=0
output=$MAITRE_TEST_DIRECTORY/unit.log
# Whole nodes with hundreds of sockets and streams beside forty other installations would only measure each other: EndToEndTests come in two rounds, the second one test after the other.
streams='^EndToEndTests\.(Realtime|EventStream|EventTail|Webhook)'
run() {
    printf '\n-- %s\n' "$1"
    swift test "${flags[@]}" "${@:2}" 2>&1 | tee "$output" && return
    failed=1
    { echo "$1:"; grep -aE '^✘|^\*\*\* Program crashed| crashed:$|unexpected signal' "$output" || tail -n 20 "$output"; } >>"$MAITRE_TEST_DIRECTORY/failures"
}
for target in "${targets[@]}"; do
    if [[ $target == EndToEndTests ]]; then
        run EndToEndTests --filter "^$target\." --skip "$streams"
        run "EndToEndTests, streams" --no-parallel --filter "$streams"
    else
        run "$target" --filter "^$target\."
    fi
done
[[ $failed -eq 0 ]]
