"""The parts of `bench/torture`."""
