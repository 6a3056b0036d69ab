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
    client_terms,
    equal_weights,
    expected_shares,
    gates_of,
    hash_unit,
    traffic_at,
)
from adweave.experiments.changes import Changed, Step, changes_during, steps_during
from adweave.experiments.comparing import Change, Comparison
from adweave.experiments.decision import Decision, Guarded
from adweave.experiments.document import report_document, traffic_document
from adweave.experiments.health import counts_sentence, health_sentences
from adweave.experiments.html import COUNT_TITLES, report_page
from adweave.experiments.imported import Day, Imported, ImportFault, imported_in_words, read_revenue
from adweave.experiments.metrics import COUNTS, METRICS, PRIMARY, Limit, Metric, outcomes_of
from adweave.experiments.outlook import Outlook, outlook_for, outlook_in_words
from adweave.experiments.pictures import Arranged
from adweave.experiments.planning import POWER, detectable, needed
from adweave.experiments.reading import Health, LayoutTraffic, Reading, ReportsUnavailable
from adweave.experiments.report import (
    Measured,
    Report,
    Section,
    Sensitivity,
    Split,
    Traffic,
    VariantReport,
    report_on,
    traffic_in,
)
from adweave.experiments.shown import between, signed, value_shown
from adweave.experiments.srm import SplitTest, sequential_test
from adweave.experiments.statistics import MIN_UNITS, Interval
from adweave.experiments.words import (
    sensitivity_in_words,
    split_in_words,
    verdict,
)

__all__ = [
    "COUNTS",
    "COUNT_TITLES",
    "METRICS",
    "MIN_UNITS",
    "POWER",
    "PRIMARY",
    "Arranged",
    "Change",
    "Changed",
    "Comparison",
    "Day",
    "Decision",
    "Guarded",
    "Health",
    "ImportFault",
    "Imported",
    "Interval",
    "LayoutTraffic",
    "Limit",
    "Measured",
    "Metric",
    "Outlook",
    "Reading",
    "Report",
    "ReportsUnavailable",
    "Section",
    "Sensitivity",
    "Split",
    "SplitTest",
    "Step",
    "Traffic",
    "VariantReport",
    "assign",
    "between",
    "bucket_ranges",
    "changes_during",
    "choose_variant",
    "client_ranges",
    "client_terms",
    "counts_sentence",
    "detectable",
    "equal_weights",
    "expected_shares",
    "gates_of",
    "hash_unit",
    "health_sentences",
    "imported_in_words",
    "needed",
    "outcomes_of",
    "outlook_for",
    "outlook_in_words",
    "read_revenue",
    "report_document",
    "report_on",
    "report_page",
    "sensitivity_in_words",
    "sequential_test",
    "signed",
    "split_in_words",
    "steps_during",
    "traffic_at",
    "traffic_document",
    "traffic_in",
    "value_shown",
    "verdict",
]
