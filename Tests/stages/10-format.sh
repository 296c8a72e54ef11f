# Title: Swift sources are formatted (swift format lint --strict)
swift format lint --strict --parallel --recursive Package.swift Sources Tests
echo "format: clean"
