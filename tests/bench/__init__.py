"""Benchmarks: ratios to what people use now, measured side by side in one run."""
