"""The demo: a small multilingual newsroom, and the gateway in front of it.

For trying adweave, for its pictures and its tests. The newsroom alone knows nothing of ads.
"""

from adweave.demo.newsroom import newsroom
from adweave.demo.run import demo_folders, run_demo

__all__ = ["demo_folders", "newsroom", "run_demo"]
