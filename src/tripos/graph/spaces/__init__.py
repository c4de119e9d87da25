"""Where a graph is evaluated: ``exact`` (rationals and closed forms), ``numpy`` (float64) and
``jax`` (compiled, for training).

A space is a module with the functions that textbook rules are written in.  ``ball`` encloses exact
values in intervals of proven radius; it decides signs and correct roundings.
"""
