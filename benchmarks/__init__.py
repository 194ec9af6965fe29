"""Measures the engine: ``python -m benchmarks`` writes what it finds into benchmarks/latest.json."""
