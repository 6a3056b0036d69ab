"""HTTP: answers in, woven answers out, for a gateway and for an app's own middleware.

Takes an upstream or an ASGI app and a configuration; gives ASGI apps. The way of a page:
`gateway` or `middleware` -> `weave` -> `engine` -> the stages below.
"""

from .admin import Admin
from .codings import CodingDoubt, decoded
from .connection import FAULTS, UpstreamFault, UpstreamLimits
from .control import Control
from .counts import Counts
from .engine import Engine, Findings, PageHead, PagePassed, PagePlan
from .gateway import Gateway
from .heads import Candidate
from .middleware import AdweaveMiddleware, FollowedFolder
from .server import Server, bound_socket, server_for
from .status import FIELD, REASONS
from .upstream import Upstream, UpstreamUrl
from .version import VERSION
from .weave import Configuration, Outcome, Weaver

__all__ = [
    "FAULTS",
    "FIELD",
    "REASONS",
    "VERSION",
    "Admin",
    "AdweaveMiddleware",
    "Candidate",
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
    "Upstream",
    "UpstreamFault",
    "UpstreamLimits",
    "UpstreamUrl",
    "Weaver",
    "bound_socket",
    "decoded",
    "server_for",
]
