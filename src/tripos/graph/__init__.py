"""The computation graph: what an answer is.

>>> from tripos.graph import exact, grad, symbol, tanh, named
>>> s = symbol("s")
>>> y = named(tanh(s), "y")
>>> grad(y, s)
<1 − y²>
"""

import lazy_loader

# The names stand in __init__.pyi.  They load on first use: reading a paper needs no NumPy.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
