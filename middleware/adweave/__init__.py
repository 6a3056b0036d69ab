"""adweave: ad slots in article pages, woven in on the way out."""
