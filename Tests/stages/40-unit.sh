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
for target in "${targets[@]}"; do
    printf '\n-- %s\n' "$target"
    swift test "${flags[@]}" --filter "^$target\\." 2>&1 | tee "$output" && continue
    failed=1
    { echo "$target:"; grep -aE '^✘|^\*\*\* Program crashed| crashed:$|unexpected signal' "$output" || tail -n 20 "$output"; } >>"$MAITRE_TEST_DIRECTORY/failures"
done
[[ $failed -eq 0 ]]
