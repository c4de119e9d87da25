"""The 2022 final worked a second time: NumPy, no graph.  Each function takes the givens of a question.

They return the value of every line of working, by its symbol as printed, of every key, by the text of
its blank, and of ``choice``, whether each option holds (None where the setter vouches for it).
"""

import math

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


def windows(x, k, s):
    """Return the k×k windows of a matrix, s apart."""
    rows, cols = ((n - k) // s + 1 for n in x.shape)
    return np.array([[x[s * i : s * i + k, s * j : s * j + k] for j in range(cols)] for i in range(rows)])


def overfitting(g):
    mu, lam, n = g["mu"], g["lam"], g["n"]

    def ridge(lam, n):
        return 2 / n * sum(v / (v + lam) for v in mu)

    def early(eta):
        return 2 / n * sum(1 - (1 - eta * v) ** g["steps"] for v in mu)

    out = {
        "gap": ridge(lam, n),
        "gap_data": ridge(lam, 2 * n),
        "gap_weak": ridge(lam / 2, n),
        "gap_slow": early(g["eta"]),
        "gap_fast": early(2 * g["eta"]),
    }
    claims = [out["gap_data"] < out["gap"], out["gap_weak"] < out["gap"], out["gap_fast"] < out["gap_slow"]]
    return out | {"choice": only_all(claims)}


def only_all(claims):
    """Return which options are right where the last says "all of the above"."""
    return [False] * len(claims) + [True] if all(claims) else [*claims, False]


def true_statement(g):
    def loss(a, b):
        return (a * b - 1) ** 2

    here, there = g["here"], g["there"]
    ends = (loss(here, here) + loss(there, there)) / 2
    middle = loss((here + there) / 2, (here + there) / 2)
    return {"ends": ends, "middle": middle, "choice": [middle <= ends, None, None, False]}


def logistic(g):
    w, x, b, eta = g["w_0"], g["x_0"], g["b_0"], g["eta"]
    slope = sigmoid(w @ x + b) - 1
    w_1, b_1 = w - eta * slope * x, b - eta * slope
    before, after = -np.log(sigmoid(w @ x + b)), -np.log(sigmoid(w_1 @ x + b_1))
    return {
        "before": before,
        "∂before/∂w₀": slope * x,
        "∂before/∂b₀": slope,
        "w₁": w_1,
        "b₁": b_1,
        "after": after,
        "choice": [False, True, False, not after < before],
    }


def alexnet(g):
    side = (g["n"] - g["k"]) // g["s"] + 1
    size = (side, side, g["filters"])
    options = [(213, 213, 96), (54, 54, 11), (54, 54, 96)]
    return {"side": side, "size": size, "choice": or_none([size == o for o in options])}


def or_none(holds):
    """Return which options are right where the last says "none of the above"."""
    return [*holds, not any(holds)]


def max_pooling(g):
    x_out = windows(g["x_in"], int(g["k"]), int(g["s"])).max((2, 3))
    options = [[[3, 4]], [[1.5, 2.5], [4.5, 5.5]], [[5, 6]], [[2, 3], [4, 5]]]
    return {"x_out": x_out, "choice": [np.array_equal(x_out, o) for o in options]}


def lstm(g):
    return {"left_plain": g["w"] ** g["steps"], "left_cell": g["forget"] ** g["steps"]}


def attended(x, mask):
    """Return the attention of rows to themselves, and to what the mask lets them see."""
    scores = np.where(mask, x @ x.T / math.sqrt(x.shape[1]), -np.inf)
    return np.array([softmax(row) for row in scores]) @ x


def causal_masking(g):
    x, free, causal = g["X"], np.ones((3, 3)), np.tril(np.ones((3, 3)))
    other = x.copy()
    other[-1] += g["change"]
    return {
        "H_free": attended(x, free),
        "H_masked": attended(x, causal),
        "X_other": other,
        "seen_before": attended(x, free)[0],
        "seen_after": attended(other, free)[0],
    }


def networks(g):
    n, k, s, units = (int(g[name]) for name in ("n", "k", "s", "units"))
    side = (n - k) // s + 1
    z_1 = (windows(g["x"], g["K_1"].shape[0], s) * g["K_1"]).sum((2, 3)) + g["b_1"]
    h_1 = np.maximum(z_1, 0)
    w_out, b_out, h, sign = g["w_out"], g["b_out"], g["h"], 1 if g["y"] == 1 else -1
    z = w_out @ h + b_out
    slope = sigmoid(z) - (1 if sign == 1 else 0)
    return {
        "shape(x_conv)": (n, n),
        "shape(z_conv)": (side, side),
        "shape(h_conv)": (side, side),
        "shape(out_conv)": (1,),
        "shape(x_full)": (n * n, 1),
        "shape(z_full)": (units, 1),
        "shape(h_full)": (units, 1),
        "shape(out_full)": (1,),
        "hidden": side**2,
        "first_conv": k * k + 1,
        "first_full": n * n * units + units,
        "last_conv": side**2 + 1,
        "last_full": units + 1,
        "z_1": z_1,
        "z₁": z_1,
        "h_1": h_1,
        "h₁": h_1,
        "z_out": w_out @ h_1.T.ravel() + b_out,
        "z": z,
        "L": -np.log(sigmoid(sign * z)),
        "∂L/∂z": slope,
        "∂L/∂w_out": slope * h,
        "∂L/∂b_out": slope,
        "w_new": w_out - g["eta"] * slope * h,
        "b_new": b_out - g["eta"] * slope,
        "rest": 0.5,
        "steepest": 0.25,
        "left": 0.25 ** g["depth"],
    }


def authorship(g):
    def read(activation, words):
        states, state = [], g["h_0"]
        for word in words:
            state = activation(g["W_hx"] @ word + g["W_hh"] @ state)
            states.append(state)
        return np.array(states)

    h_1, h_2, h_3 = H = read(lambda z: np.maximum(z, 0), [g["x_AI"], g["x_is"], g["x_conscious"]])
    logits = g["W_yh"] @ h_3
    s = H @ g["q"] / math.sqrt(2)
    p = softmax(s)
    pooled = H.T @ p
    logits_att = g["W_yh"] @ pooled
    authors = ("Mark Twain", "Albert Einstein", "GPT-3")
    t_1, t_2, t_3 = read(np.tanh, [g["x_again"]] * 3)
    p_tanh = softmax(g["W_yh"] @ t_3)[0]
    relu, tanh = g["limit"] < 1 / 3, g["limit"] < p_tanh  # where no margin is negative, and by a witness
    W = g["W_yh"]
    reach = [np.exp(-np.abs(W[k] - W[0]).sum()) for k in (1, 2)]  # at a corner of the cube of states
    most_tanh = 1 / (1 + sum(reach))
    nothing = g["limit"] >= most_tanh
    return {
        "h_1": h_1,
        "h_2": h_2,
        "h_3": h_3,
        "h₁": h_1,
        "h₂": h_2,
        "h₃": h_3,
        "logits": logits,
        "author": authors[np.argmax(logits)],
        "H": H,
        "d": 2,
        "s": s,
        "p": p,
        "c": pooled,
        "logits_att": logits_att,
        "author_att": authors[np.argmax(logits_att)],
        "word": ("AI", "is", "conscious")[np.argmax(p)],
        "least_last": [0, 0],
        "least_pooled": [0, 0],
        "least₂": 0,
        "least₃": 0,
        "most": 1 / 3,
        "t₁": t_1,
        "t₂": t_2,
        "t₃": t_3,
        "p_tanh": p_tanh,
        "most_tanh": most_tanh,
        "choice": [relu and tanh, relu and nothing, not relu and tanh, not relu and nothing],
    }


WORKED = {
    "overfitting": overfitting,
    "true-statement": true_statement,
    "logistic": logistic,
    "alexnet": alexnet,
    "max-pooling": max_pooling,
    "lstm": lstm,
    "causal-masking": causal_masking,
    "networks": networks,
    "authorship": authorship,
}
