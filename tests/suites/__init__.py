"""Suites that others wrote, run against adweave: `make suites`."""
