# Title: The program and the tests build, warnings being errors
# Needs: build
"$MAITRE_PROGRAM" --help >/dev/null
echo "build: $(du -h "$MAITRE_PROGRAM" | cut -f 1) $MAITRE_PROGRAM"
