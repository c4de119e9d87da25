"""The optimizers of deep learning, under PyTorch's names, arguments and definitions.

Lines of working write η for the step size, μ for momentum, λ for weight decay, β₁ and β₂ for the decay of
moments and ε for what keeps a root from 0, which stands outside of the root.  A step size may be a function
of the number of steps taken before: ``lr=lambda t: exponential_lr(0.1, t, 0.9)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...graph import GraphError, Node, sqrt, where
from ...graph.node import Dim, Literal
from ...graph.ops.elementwise import greater
from .gradients import decay_weights
from .optimizer import Namer, Optimizer, State, listed, off, rate, setting, slopes, with_momentum, within


def _decayed(g: Node, w: Node, weight_decay: Literal, name: Namer) -> Node:
    """Return the gradient with that of an L2 penalty, λw."""
    return g if off(weight_decay) else name(g + setting(weight_decay, "lambda") * w, "g")


def _over_root(x: Node, square: Node, eps: Literal) -> Node:
    """Return x/(√square + ε), entry by entry."""
    return x / (sqrt(square) if off(eps) else sqrt(square) + setting(eps, "epsilon"))


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent: w − η g; with momentum, w − η v with the velocity v = μ v + (1 − dampening) g.

    The first velocity is g, not dampened.  The convention ``momentum`` chooses another form.
    """

    lr: Literal = 1e-3
    momentum: Literal = 0
    dampening: Literal = 0
    weight_decay: Literal = 0
    nesterov: bool = False

    def __post_init__(self) -> None:
        for name in ("lr", "momentum", "weight_decay"):
            within("SGD", name, getattr(self, name))
        if self.nesterov and (off(self.momentum) or not off(self.dampening)):
            raise GraphError("SGD: nesterov needs momentum above 0 and no dampening")

    def slots(self) -> Mapping[str, Literal]:
        """Return the velocity v, where there is momentum."""
        return {} if off(self.momentum) else {"v": 0}

    def rule(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        """Return one parameter after a step, and its velocity."""
        lr = rate(self.lr, t)
        g = _decayed(g, w, self.weight_decay, name)
        if not kept:
            return w - lr * g, {}
        share = 1 if off(self.dampening) or t == 1 else 1 - setting(self.dampening, "tau")
        if isinstance(t, Node) and not off(self.dampening):
            share = where(greater(t, 1), share, 1)
        mu = setting(self.momentum, "mu")
        new, v = with_momentum(w, g, kept["v"], lr, mu, name, "v", share, self.nesterov)
        return new, {"v": v}


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients: w − η g/(√G + ε) (Duchi et al., 2011).

    In the t-th step η is lr/(1 + (t − 1) lr_decay).
    """

    lr: Literal = 1e-2
    lr_decay: Literal = 0
    weight_decay: Literal = 0
    initial_accumulator_value: Literal = 0
    eps: Literal = 1e-10

    def __post_init__(self) -> None:
        for name in ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"):
            within("Adagrad", name, getattr(self, name))

    def slots(self) -> Mapping[str, Literal]:
        """Return the sum of squares, G."""
        return {"G": self.initial_accumulator_value}

    def rule(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        """Return one parameter after a step, and its sum of squares."""
        lr = rate(self.lr, t)
        if not off(self.lr_decay) and not (isinstance(t, int) and t == 1):
            lr = lr / (1 + (t - 1) * setting(self.lr_decay, "delta"))
        g = _decayed(g, w, self.weight_decay, name)
        G = name(kept["G"] + g * g, "G")
        return w - lr * _over_root(g, G, self.eps), {"G": G}


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Steps divided by the root of a moving average of squared gradients (Hinton, 2012): w − η g/(√v + ε).

    ``centered`` takes the square of the averaged gradient off first (Graves, 2013).  With momentum, what is
    divided is gathered in a velocity u, in the form that the convention ``momentum`` chooses.
    """

    lr: Literal = 1e-2
    alpha: Literal = 0.99
    eps: Literal = 1e-8
    weight_decay: Literal = 0
    momentum: Literal = 0
    centered: bool = False

    def __post_init__(self) -> None:
        for name in ("lr", "eps", "weight_decay", "momentum"):
            within("RMSprop", name, getattr(self, name))
        within("RMSprop", "alpha", self.alpha, below=1)

    def slots(self) -> Mapping[str, Literal]:
        """Return the average of squares v, that of gradients m and the velocity u, where they are used."""
        used = {"v": True, "m": self.centered, "u": not off(self.momentum)}
        return {slot: 0 for slot, use in used.items() if use}

    def rule(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        """Return one parameter after a step, and its averages."""
        lr, alpha = rate(self.lr, t), setting(self.alpha, "alpha")
        g = _decayed(g, w, self.weight_decay, name)
        new = {"v": name(alpha * kept["v"] + (1 - alpha) * (g * g), "v")}
        square = new["v"]
        if self.centered:
            new["m"] = name(alpha * kept["m"] + (1 - alpha) * g, "m")
            square = square - new["m"] * new["m"]
        divided = _over_root(g, square, self.eps)
        if off(self.momentum):
            return w - lr * divided, new
        mu = setting(self.momentum, "mu")
        w, new["u"] = with_momentum(w, name(divided, "d"), kept["u"], lr, mu, name, "u")
        return w, new


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps by averaged gradients over the root of averaged squares, w − η m̂/(√v̂ + ε) (Kingma and Ba, 2015).

    The averages begin at 0, and m̂ and v̂ make up for it.  Weight decay is the gradient of an L2 penalty, λw,
    which is then divided like the rest: see ``AdamW``.
    """

    lr: Literal = 1e-3
    betas: tuple[Literal, Literal] = (0.9, 0.999)
    eps: Literal = 1e-8
    weight_decay: Literal = 0

    def __post_init__(self) -> None:
        own = type(self).__name__
        for name in ("lr", "eps", "weight_decay"):
            within(own, name, getattr(self, name))
        if not isinstance(self.betas, (list, tuple)) or len(self.betas) != 2:
            raise GraphError(f"{own}: betas are two numbers, found {self.betas!r}")
        for i, beta in enumerate(self.betas):
            within(own, f"betas[{i}]", beta, below=1)

    def slots(self) -> Mapping[str, Literal]:
        """Return the averages of gradients, m, and of their squares, v."""
        return {"m": 0, "v": 0}

    def rule(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        """Return one parameter after a step, and its averages."""
        g = _decayed(g, w, self.weight_decay, name)
        return self._stepped(w, g, kept, t, name)

    def _stepped(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        lr = rate(self.lr, t)
        one, two = (setting(beta, f"beta_{i}") for i, beta in enumerate(self.betas, 1))
        m = name(one * kept["m"] + (1 - one) * g, "m")
        v = name(two * kept["v"] + (1 - two) * (g * g), "v")
        m_hat = name(m / (1 - one**t), "m_hat")
        v_hat = name(v / (1 - two**t), "v_hat")
        return w - lr * _over_root(m_hat, v_hat, self.eps), {"m": m, "v": v}


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay: the weights shrink by 1 − ηλ, whatever the gradient.

    The form of Loshchilov and Hutter (2019) in PyTorch, where the step size scales the decay.
    """

    weight_decay: Literal = 1e-2

    def rule(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        """Return one parameter after a step, and its averages."""
        if not off(self.weight_decay):
            (w,) = decay_weights([w], rate(self.lr, t), self.weight_decay)
        return self._stepped(w, g, kept, t, name)


def sgd_step(loss: Node, parameters: Sequence[Node], lr: Literal) -> list[Node]:
    """Return the parameters after one step of gradient descent: w − η ∂L/∂w (Robbins and Monro, 1951)."""
    parameters = listed("sgd_step", parameters)
    return [w - lr * g for w, g in zip(parameters, slopes("sgd_step", loss, parameters), strict=True)]


def adam_step(
    loss: Node,
    parameters: Sequence[Node],
    state: State | None = None,
    lr: Literal = 1e-3,
    betas: tuple[Literal, Literal] = (0.9, 0.999),
    eps: Literal = 1e-8,
    weight_decay: Literal = 0,
) -> tuple[list[Node], State]:
    """Return the parameters after one step of Adam, and the state to pass to the next step.

    Write ``new, state = adam_step(L, [w, b], lr=eta)`` and then ``w_1, b_1 = new``.
    """
    return Adam(lr, betas, eps, weight_decay).step(loss, parameters, state)
