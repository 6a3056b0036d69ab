"""Experiments: who gets which variant, and what came of it.

Assignment takes an experiment and a unit and gives a variant, or the ranges with which a
browser finds the same one. The report takes segment files of events and gives estimates,
intervals and a verdict on the split. Knows nothing of HTTP and nothing of how events come in.
"""

from adweave.experiments.assignment import (
    Splittable,
    Weighted,
    assign,
    bucket_ranges,
    choose_variant,
    client_ranges,
    equal_weights,
    expected_shares,
    hash_unit,
    in_namespace,
    query_override,
)

__all__ = [
    "Splittable",
    "Weighted",
    "assign",
    "bucket_ranges",
    "choose_variant",
    "client_ranges",
    "equal_weights",
    "expected_shares",
    "hash_unit",
    "in_namespace",
    "query_override",
]
