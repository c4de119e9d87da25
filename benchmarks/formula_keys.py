"""Correct formulas of deep-learning exams, rewrites of them that stay right, and slips that do not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from formula_trees import Tree
from formula_truth import Names

KEYS = """
gradient | (sigma(z) - y)*x | x y z
gradient | 2*x*(w*x + b - y) | w x b y
gradient | (p - y)/(p*(1 - p)) | p: probability; y
gradient | -y/p + (1 - y)/(1 - p) | p: probability; y
gradient | (x - mu)/sigma_1**2 | x mu; sigma_1: positive
gradient | 2*(a*x - b)*a + lamda*x | a x b; lamda: positive
activation | sigmoid(-x) | x
activation | sigmoid(x)*(1 - sigmoid(x)) | x
activation | 1 - tanh(x)**2 | x
activation | (exp(x) - exp(-x))/(exp(x) + exp(-x)) | x
activation | x*sigmoid(beta*x) | x beta
activation | sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x)) | x
activation | max(0, x) + alpha*min(0, x) | x; alpha: probability
activation | max(0, 1 - y*(w*x + b)) | y w x b
loss | log(1 + exp(-y*z)) | y z
loss | -y*log(p) - (1 - y)*log(1 - p) | y; p: probability
loss | -alpha*(1 - p)**2*log(p) | alpha; p: probability
loss | (x - y)**2/2 | x y
loss | log(1 + exp(z)) - y*z | y z
divergence | log(s/r) + (r**2 + (mu_1 - mu_2)**2)/(2*s**2) - 1/2 | mu_1 mu_2; s: positive; r: positive
divergence | (mu**2 + sigma_1**2 - 1 - log(sigma_1**2))/2 | mu; sigma_1: positive
divergence | p*log(p/q) + (1 - p)*log((1 - p)/(1 - q)) | p: probability; q: probability
divergence | -S(k, K, p[k]*log(p[k])) | p: K probability
divergence | S(k, K, p[k]*log(p[k]/q[k])) | p: K probability; q: K probability
density | exp(-(x - mu)**2/(2*sigma_1**2))/(sigma_1*sqrt(2*pi)) | x mu; sigma_1: positive
density | -(x - mu)**2/(2*sigma_1**2) - log(sigma_1) | x mu; sigma_1: positive
density | rho*x - log(1 + exp(rho)) | x rho
softmax | exp(a[i])/S(k, K, exp(a[k])) | a: K; i: K index
softmax | p[i]*(D(i, j) - p[j]) | p: K probability; i: K index; j: K index
softmax | a[i] - log(S(k, K, exp(a[k]))) | a: K; i: K index
softmax | S(k, K, y[k]*(a[k] - log(p[k]))) | a: K; y: K; p: K probability
softmax | exp(a[i]/tau)/S(k, K, exp(a[k]/tau)) | a: K; i: K index; tau: positive
optimiser | beta*v + (1 - beta)*g | beta v g
optimiser | w - eta*(g + lamda*w) | w eta g lamda
optimiser | w - eta*m/(sqrt(v) + epsilon) | w eta m; v: positive; epsilon: positive
optimiser | (beta*m + (1 - beta)*g)/(1 - beta**2) | m g; beta: probability
optimiser | w + mu*(v - eta*g) - eta*g | w mu v eta g
optimiser | eta*(1 - t/T_1)**3 | eta t; T_1: positive
convolution | floor((n_1 + 2*p - k_1)/s) + 1 | n_1 p k_1 s: positive integer
convolution | floor((n_1 + 2*p - d_1*(k_1 - 1) - 1)/s) + 1 | n_1 p k_1 s d_1: positive integer
convolution | s*(n_1 - 1) + k_1 - 2*p | n_1 p k_1 s: positive integer
convolution | (k_1**2*c_1 + 1)*c_2 | k_1 c_1 c_2: positive integer
recurrence | f_1*c + i_1*tanh(g) | f_1: probability; i_1: probability; c g
recurrence | (1 - z)*h + z*tanh(w*x + r*u*h) | z: probability; r: probability; h w x u
recurrence | sigmoid(o)*tanh(sigmoid(f_1)*c + sigmoid(i_1)*tanh(g)) | o f_1 i_1 c g
recurrence | w**3*h + w**2*x + w*y + z | w h x y z
layer | W*x + b | W: k×d; x: d; b: k
layer | tanh(W*x + U*h + b) | W: k×d; x: d; U: k×k; h: k; b: k
layer | sigmoid(W*x + b) % h | W: k×d; x: d; b: k; h: k
backprop | (p - y)*h.T | p: k; y: k; h: d
backprop | W.T*delta_1 % sigmoid(z) % (1 - sigmoid(z)) | W: k×d; delta_1: k; z: d
backprop | W.T*(W*x - y) | W: k×d; x: d; y: k
backprop | 2*W.T*(W*x - y) + 2*lamda*x | W: k×d; x: d; y: k; lamda: positive
matrix | (A + B)**2 | A: n×n; B: n×n
matrix | (A*B).T | A: n×n; B: n×n
matrix | A*B*A.T + B | A: n×n; B: n×n
matrix | X.T*X*w - X.T*y + lamda*w | X: n×d; w: d; y: n; lamda: positive
matrix | x.T*A*x | A: n×n; x: n
matrix | A*x + A.T*x | A: n×n; x: n
matrix | norm2(X*w - y)/2 + lamda*norm2(w)/2 | X: n×d; w: d; y: n; lamda: positive
matrix | trace(A.T*B) | A: n×n; B: n×n
attention | softmax(K_1*q) | K_1: n×d; q: d
attention | V.T*softmax(K_1*q/c) | V: n×k; K_1: n×d; q: d; c: positive
number | 3/7 + 2/5 |
number | 1/(1 + exp(-2)) |
number | log(2)/3 + 1/2 |
number | (3*5**2 + 1)*16 |
"""
"""Category, formula in the notation of Python (% multiplies entry by entry), names."""


def keys() -> list[tuple[str, Tree, Names]]:
    """Return each key's category, tree and names."""
    out = []
    for line in KEYS.strip().splitlines():
        category, text, names = (part.strip() for part in line.split("|"))
        out.append((category, read(text), read_names(names)))
    return out


def read_names(text: str) -> Names:
    """Return names with shapes and domains from ``a b; W: k×d; p: K probability``."""
    found = {}
    for group in filter(None, map(str.strip, text.split(";"))):
        words, _, what = group.partition(":")
        shape, _, domain = what.strip().partition(" ")
        if shape in ("positive", "probability"):
            shape, domain = "", f"{shape} {domain}".strip()
        for word in words.split():
            found[_spelt(word)] = (tuple(filter(None, shape.split("×"))), domain or "real")
    return found


_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "power", ast.Mod: "had",
}  # fmt: skip


def _spelt(name: str) -> str:
    """Return a name as it is written; "lambda" is a word of Python's own."""
    return name.replace("lamda", "lambda")


def read(text: str) -> Tree:
    """Return the tree of a formula in the notation of Python."""
    return _tree(ast.parse(text, mode="eval").body)


def _tree(node: ast.expr) -> Tree:
    match node:
        case ast.Name(id=name):
            return ("name", _spelt(name))
        case ast.Constant(value=number):
            return ("number", str(number))
        case ast.UnaryOp(operand=operand):
            return ("neg", _tree(operand))
        case ast.BinOp(left=left, op=op, right=right):
            return (_OPERATORS[type(op)], _tree(left), _tree(right))
        case ast.Attribute(value=inner):
            return ("transpose", _tree(inner))
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)):
            return ("entry", name, index)
        case ast.Call(func=ast.Name(id="S"), args=[ast.Name(id=index), ast.Name(id=size), body]):
            return ("total", index, size, _tree(body))
        case ast.Call(func=ast.Name(id="D"), args=[ast.Name(id=i), ast.Name(id=j)]):
            return ("delta", i, j)
        case ast.Call(func=ast.Name(id=name), args=args):
            return ("call", "sigmoid" if name == "sigma" else name, *map(_tree, args))
    raise ValueError(ast.dump(node))


# -- changing -------------------------------------------------------------------------------------


def places(tree: Tree, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Tree]]:
    """Return every part of a tree with the way to it."""
    yield path, tree
    for at, part in enumerate(tree):
        if isinstance(part, tuple):
            yield from places(part, (*path, at))


def replaced(tree: Tree, path: tuple[int, ...], new: Tree) -> Tree:
    """Return a tree with one part replaced."""
    if not path:
        return new
    at, *rest = path
    return (*tree[:at], replaced(tree[at], tuple(rest), new), *tree[at + 1 :])


_SWAPS = {"exp": ("log", "tanh"), "log": ("exp", "sqrt"), "tanh": ("sigmoid", "relu"),
          "sigmoid": ("tanh", "exp"),
          "max": ("min",), "min": ("max",), "sqrt": ("log", "exp"), "softmax": ("sigmoid", "exp"),
          "norm2": (), "trace": ("norm2",), "floor": ("abs",)}  # fmt: skip


def slips(part: Tree, names: Names) -> Iterator[tuple[str, Tree]]:
    """Return the slips that can happen to one part of a formula, each with its name."""
    kind, *args = part
    if kind in ("add", "sub"):
        yield "a sign", ("sub" if kind == "add" else "add", *args)
        yield "a term dropped", args[0]
        yield "a term dropped", args[1]
        if kind == "sub":
            yield "operands swapped", ("sub", args[1], args[0])
    elif kind == "mul":
        yield "a factor dropped", args[0]
        yield "a factor dropped", args[1]
        yield "factors swapped", ("mul", args[1], args[0])
        yield "a product taken for a sum", ("add", *args)
    elif kind == "had":
        yield "a factor dropped", args[0]
        yield "a factor dropped", args[1]
    elif kind == "div":
        yield "a fraction upside down", ("div", args[1], args[0])
        yield "a divisor dropped", args[0]
        yield "a quotient taken for a product", ("mul", *args)
    elif kind == "power":
        yield (
            "an exponent",
            (
                "power",
                args[0],
                (
                    "number",
                    str(int(args[1][1]) + 1) if args[1][0] == "number" and args[1][1].isdigit() else "2",
                ),
            ),
        )
        yield "a power dropped", args[0]
    elif kind == "neg":
        yield "a sign", args[0]
    elif kind == "transpose":
        yield "a transpose dropped", args[0]
    elif kind == "number" and args[0].isdigit():
        number = int(args[0])
        yield "a constant", ("number", str(number + 1))
        yield "a constant", ("number", str(number * 2 if number else 2))
        yield "a constant", ("number", f"{number}.001")
    elif kind == "call":
        for other in _SWAPS.get(args[0], ()):
            yield "a function", ("call", other, *args[1:])
        yield "a function dropped", args[1]
        yield "an argument's sign", ("call", args[0], ("neg", args[1]), *args[2:])
    elif kind == "entry":
        indices = [i for i, (_, domain) in names.items() if domain == "index" and i != args[1]]
        for index in indices:
            yield "an index", ("entry", args[0], index)
        for other in (o for o, what in names.items() if o != args[0] and what == names[args[0]]):
            yield "a name", ("entry", other, *args[1:])
    elif kind == "delta":
        yield "a delta dropped", ("number", "1")
        yield "a delta dropped", ("number", "0")
    elif kind == "total":
        yield "a sum dropped", replaced_index(args[2], args[0], "1")
    if kind == "name":
        for other in (o for o, what in names.items() if o != args[0]):
            yield "a name", ("name", other)
        if len(names.get(args[0], ((), ""))[0]) == 2:
            yield "a transpose added", ("transpose", part)
    if kind in ("name", "call", "mul", "div", "power"):
        yield "a sign", ("neg", part)
        yield "a factor added", ("mul", ("number", "2"), part)
        yield "a power added", ("power", part, ("number", "2"))
        yield "a term added", ("add", part, ("number", "1"))
    if kind in ("name", "call"):
        yield "a factor a little off", ("mul", ("number", "1.0001"), part)


def replaced_index(tree: Tree, index: str, new: str) -> Tree:
    """Return a tree with an index replaced everywhere."""
    return tuple(
        replaced_index(p, index, new) if isinstance(p, tuple) else new if p == index and at else p
        for at, p in enumerate(tree)
    )


def rewrites(tree: Tree) -> Iterator[Tree]:
    """Return a formula written otherwise, each by one rule that changes nothing."""
    for path, part in places(tree):
        kind, *args = part
        if kind == "add":
            yield replaced(tree, path, ("add", args[1], args[0]))
        elif kind == "sub":
            yield replaced(tree, path, ("neg", ("sub", args[1], args[0])))
            if args[0] != ("number", "1"):
                yield replaced(tree, path, ("add", ("neg", args[1]), args[0]))
        elif kind in ("mul", "had") and args[1][0] in ("add", "sub"):
            yield replaced(tree, path, (args[1][0], (kind, args[0], args[1][1]), (kind, args[0], args[1][2])))
        elif kind == "had":
            yield replaced(tree, path, ("had", args[1], args[0]))
        elif kind == "div" and args[0][0] in ("add", "sub"):
            yield replaced(
                tree, path, (args[0][0], ("div", args[0][1], args[1]), ("div", args[0][2], args[1]))
            )
        elif kind == "power" and args[1] == ("number", "2"):
            yield replaced(tree, path, ("mul", args[0], args[0]))
        elif kind == "call" and args[0] == "sigmoid":
            yield replaced(tree, path, ("sub", ("number", "1"), ("call", "sigmoid", ("neg", args[1]))))
            yield replaced(
                tree,
                path,
                (
                    "div",
                    ("add", ("call", "tanh", ("div", args[1], ("number", "2"))), ("number", "1")),
                    ("number", "2"),
                ),
            )
        elif kind == "call" and args[0] == "tanh":
            yield replaced(
                tree,
                path,
                (
                    "sub",
                    ("mul", ("number", "2"), ("call", "sigmoid", ("mul", ("number", "2"), args[1]))),
                    ("number", "1"),
                ),
            )
        elif kind == "call" and args[0] == "exp":
            yield replaced(tree, path, ("div", ("number", "1"), ("call", "exp", ("neg", args[1]))))
        elif kind == "call" and args[0] == "log" and args[1][0] == "div":
            yield replaced(tree, path, ("sub", ("call", "log", args[1][1]), ("call", "log", args[1][2])))
        elif kind == "transpose" and args[0][0] == "mul":
            yield replaced(tree, path, ("mul", ("transpose", args[0][2]), ("transpose", args[0][1])))
