"""HTTP: answers in, woven answers out, for a gateway and for an app's own middleware.

Takes an upstream or an ASGI app and a configuration; gives ASGI apps. The way of a page:
`gateway` or `middleware` -> `weave` -> `engine` -> the stages below.
"""

from .admin import Admin
from .channel import Channel
from .codings import CodingDoubt, decoded
from .connection import FAULTS, UpstreamFault, UpstreamLimits
from .control import Control
from .counts import Counts, Snapshot
from .engine import Engine, Findings, PageHead, PagePassed, PagePlan
from .fields import trusted
from .folder import FollowedFolder
from .gateway import HOLD_S, Gateway
from .heads import Candidate
from .middleware import AdweaveMiddleware
from .server import GRACE_S, Server, bound_socket, server_for
from .status import FIELD, REASONS
from .supervisor import StartFailed, Supervisor
from .tracing import TracesUnavailable, check_traces, exported_spans
from .upstream import Upstream, UpstreamUrl
from .version import VERSION
from .weave import Configuration, Outcome, Weaver

__all__ = [
    "FAULTS",
    "FIELD",
    "GRACE_S",
    "HOLD_S",
    "REASONS",
    "VERSION",
    "Admin",
    "AdweaveMiddleware",
    "Candidate",
    "Channel",
    "CodingDoubt",
    "Configuration",
    "Control",
    "Counts",
    "Engine",
    "Findings",
    "FollowedFolder",
    "Gateway",
    "Outcome",
    "PageHead",
    "PagePassed",
    "PagePlan",
    "Server",
    "Snapshot",
    "StartFailed",
    "Supervisor",
    "TracesUnavailable",
    "Upstream",
    "UpstreamFault",
    "UpstreamLimits",
    "UpstreamUrl",
    "Weaver",
    "bound_socket",
    "check_traces",
    "decoded",
    "exported_spans",
    "server_for",
    "trusted",
]
