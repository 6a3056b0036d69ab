"""adweave: ad slots in article pages, woven in on the way out."""

from adweave.http import VERSION as __version__
from adweave.http import AdweaveMiddleware

__all__ = ["AdweaveMiddleware", "__version__"]
