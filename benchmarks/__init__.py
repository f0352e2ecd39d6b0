"""Measurements of the running hotline: `python -m benchmarks [--quick]`. See docs/measuring.md."""
