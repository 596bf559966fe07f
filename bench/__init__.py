"""Measurements, each beside its limit or peer in the same minutes: `make bench`, `python -m bench --only NAME`."""
