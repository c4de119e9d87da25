"""Random values for the symbols of a graph, by name."""

import numpy as np

from tripos.graph.node import free_symbols


def drawn(*nodes, seed=0):
    """Return a value for every symbol that nodes rest on: normal, or uniform, or bits, as its domain says."""
    rng = np.random.default_rng(seed)
    symbols = sorted({s for node in nodes for s in free_symbols(node)}, key=lambda s: str(s.name))
    return {str(s.name): _draw(rng, s) for s in symbols}


def _draw(rng, symbol):
    domain = dict(symbol.attrs)["domain"]
    if domain == "bit":
        return rng.integers(0, 2, symbol.shape).astype(float)
    if domain == "uniform":
        return rng.uniform(0.05, 0.95, symbol.shape)
    return rng.normal(size=symbol.shape)
