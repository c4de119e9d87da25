"""Optimizers, one step at a time: every rule on the same small problem, with its lines of working.

python examples/optimizers.py
"""

from fractions import Fraction

from tripos import nets
from tripos.graph import constant, declared, grad, inverse, matrix, named, sum, vector
from tripos.graph.steps import working

printed: set[str] = set()


def title(text):
    """Print a heading; below it, lines are shown that stand under no heading before."""
    print(f"\n{text}\n{'-' * len(text)}")


def show(*nodes):
    """Print the lines of working that have not been printed yet."""
    for line in working(*nodes).split("\n"):
        if line not in printed:
            print(line)
            printed.add(line)


def step(optimizer, loss=None, w=None, state=None, name="w_1"):
    """Show one step of an optimizer; return the new point and the state."""
    (new,), state = optimizer.step(L if loss is None else loss, [w_0 if w is None else w], state)
    new = named(new, name)
    show(new)
    return new, state


def squares(w):
    """Return half the squared error of a linear model with weights ``w``."""
    return named(sum(named(X @ w - y, "r") ** 2) / 2, "L")


X, y = named(matrix("1 2; 1 0"), "X"), named(vector(Fraction(9, 2), Fraction(-3, 2)), "y")
w_0 = named(vector(2, 1), "w_0")
L = squares(w_0)

title("The loss, and its gradient where all of them begin")
show(L, grad(L, w_0))

title("Gradient descent")
step(nets.SGD(lr=0.1))

title("Momentum: two steps")
momentum = nets.SGD(lr=0.1, momentum=0.9)
w_1, state = step(momentum)
step(momentum, squares(w_1), w_1, state, "w_2")

title("The other two forms of momentum, as conventions")
for form in ("steps", "average"):
    with declared({"momentum": form}):
        step(momentum)

title("Nesterov")
step(nets.SGD(lr=0.1, momentum=0.9, nesterov=True))

title("Adagrad")
step(nets.Adagrad(lr=0.1, eps=0))

title("RMSprop")
step(nets.RMSprop(lr=0.1, alpha=0.9, eps=0))

title("Adam: two steps.  The first is η in each coordinate, however large the gradient")
adam = nets.Adam(lr=0.1, eps=0)
w_1, state = step(adam)
step(adam, squares(w_1), w_1, state, "w_2")

title("Weight decay as the gradient of a penalty, and decoupled: the same for SGD")
g, sgd = grad(L, w_0), nets.SGD(lr=0.1)
step(nets.SGD(lr=0.1, weight_decay=0.1))
(new,), _ = sgd.update([g], sgd.init([w_0]), nets.decay_weights([w_0], lr=0.1, weight_decay=0.1))
show(named(new, "w_1"))

title("For Adam it is not: there the penalty's gradient is divided like the rest")
step(nets.Adam(lr=0.1, eps=0, weight_decay=0.1))
step(nets.AdamW(lr=0.1, eps=0, weight_decay=0.1))

title("Clipping by value and by norm")
show(named(nets.clip_grad_value([g], 2)[0], "g_value"))
show(named(nets.clip_grad_norm([g], 1)[0], "g_unit"))

title("Step sizes that depend on the step t: half a cosine, a constant factor, a factor every three steps")
t = named(constant(2), "t")
show(named(nets.cosine_annealing_lr(Fraction(1, 10), t, 4), "eta_cos"))
show(named(nets.exponential_lr(Fraction(1, 10), t, Fraction(1, 2)), "eta_exp"))
show(named(nets.step_lr(Fraction(1, 10), t, 3, Fraction(1, 2)), "eta_step"))

title("Newton: one step to the minimum of a quadratic")
show(named(nets.newton_step(L, w_0), "w_1"))

title("Conjugate gradients: as many steps as unknowns")
A, b = named(X.T @ X, "A"), named(X.T @ y, "b")
show(nets.conjugate_gradient(A, b, named(vector(2, 1), "x_0")))

title("BFGS: after as many steps the inverse Hessian is exact as well")
w_2, H_2 = nets.bfgs(L, w_0, steps=2)
show(w_2, H_2)
show(inverse(A))

title("L-BFGS: the direction of its second step by two loops, without a matrix")
show(nets.lbfgs(L, w_0, steps=2))

title("Stopping early is an L2 penalty for each eigenvalue: a quadratic with curvatures 1 and 4")
a, w_best = named(vector(1, 4), "a"), named(vector(2, 3), "w_best")
eta, t = named(constant(Fraction(1, 8)), "eta"), named(constant(3), "t")
w = named(vector(0, 0), "w_0")
for k in (1, 2, 3):
    (new,) = nets.sgd_step(named(sum(a * (w - w_best) ** 2) / 2, "L"), [w], lr=eta)
    w = named(new, f"w_{k}")
show(w)
print("What is left of the way after t steps, and so where they stop; the penalty λ with that minimum.")
left = named((1 - eta * a) ** t, "s")
show(named((1 - left) * w_best, "w_stopped"))
lam = named(a * left / (1 - left), "lambda")
show(named(a / (a + lam) * w_best, "w_penalised"))
print("The smaller ηa, the closer λ is to 1/(ηt) (Goodfellow et al., 2016, section 7.8):")
show(named(1 / (eta * t), "lambda_small"))
