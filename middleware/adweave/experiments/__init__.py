"""Experiments: who gets which variant, and what came of it.

Assignment takes an experiment and a unit and gives a variant, or the ranges with which a
browser finds the same one. The report takes segment files of events and gives estimates,
intervals and a verdict on the split. Knows nothing of HTTP and nothing of how events come in.
"""

from adweave.experiments.assignment import (
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
from adweave.experiments.document import report_document, traffic_document
from adweave.experiments.metrics import COUNTS, METRICS, PRIMARY, Metric
from adweave.experiments.reading import Health, Layout, ReportsUnavailable
from adweave.experiments.report import (
    Change,
    Comparison,
    Measured,
    Report,
    Section,
    Split,
    Traffic,
    VariantReport,
    report_on,
    traffic_in,
)
from adweave.experiments.srm import SplitTest, sequential_test
from adweave.experiments.statistics import MIN_UNITS, Interval
from adweave.experiments.words import UNIT_WORDS, split_in_words, verdict

__all__ = [
    "COUNTS",
    "METRICS",
    "MIN_UNITS",
    "PRIMARY",
    "UNIT_WORDS",
    "Change",
    "Comparison",
    "Health",
    "Interval",
    "Layout",
    "Measured",
    "Metric",
    "Report",
    "ReportsUnavailable",
    "Section",
    "Split",
    "SplitTest",
    "Traffic",
    "VariantReport",
    "assign",
    "bucket_ranges",
    "choose_variant",
    "client_ranges",
    "equal_weights",
    "expected_shares",
    "hash_unit",
    "in_namespace",
    "query_override",
    "report_document",
    "report_on",
    "sequential_test",
    "split_in_words",
    "traffic_document",
    "traffic_in",
    "verdict",
]
