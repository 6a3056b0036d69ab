"""Tests; a package of its own name, since a distribution beside ours may bring a `tests`, too."""
