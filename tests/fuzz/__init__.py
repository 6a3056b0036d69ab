"""Broken and hostile pages, many of them: nothing but a typed doubt may come out, or a good page.

`make fuzz` runs 100 000 cases; `tests/fuzz/test_fuzz.py` some thousands with a fixed seed.
"""
