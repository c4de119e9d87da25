"""A ``torch.nn`` model as one of ours, with its weights.

Layers carry the same names, arguments and weights, so most are read field by field; only what PyTorch keeps
elsewhere than in an attribute of the argument's name is said here.  Nothing here imports PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from .. import nets
from ..graph import GraphError
from .module import Module

Torch = Any
"""A ``torch.nn.Module``."""


def _encoder_layer(theirs: Torch, path: str) -> dict[str, Any]:
    activation = getattr(theirs.activation, "__name__", type(theirs.activation).__name__.lower())
    return {
        "d_model": theirs.self_attn.embed_dim,
        "nhead": theirs.self_attn.num_heads,
        "dim_feedforward": theirs.linear1.out_features,
        "dropout": theirs.dropout.p,
        "activation": activation,
        "layer_norm_eps": theirs.norm1.eps,
        "norm_first": theirs.norm_first,
        "bias": theirs.linear1.bias is not None,
    }


def _stack(theirs: Torch, path: str) -> dict[str, Any]:
    layer = _converted(theirs.layers[0], f"{path}.layers.0")
    norm = None if theirs.norm is None else _converted(theirs.norm, f"{path}.norm")
    which = "encoder_layer" if type(theirs).__name__ == "TransformerEncoder" else "decoder_layer"
    return {which: layer, "num_layers": theirs.num_layers, "norm": norm}


ARGUMENTS: Mapping[str, Callable[[Torch, str], dict[str, Any]]] = {
    # PyTorch counts the batch axis, ours are the axes of one example.
    "Flatten": lambda theirs, path: {"start_dim": theirs.start_dim - 1},
    "MultiheadAttention": lambda theirs, path: {
        "bias": theirs.in_proj_bias is not None,
        "kdim": None if theirs._qkv_same_embed_dim else theirs.kdim,
        "vdim": None if theirs._qkv_same_embed_dim else theirs.vdim,
    },
    "TransformerEncoderLayer": _encoder_layer,
    "TransformerDecoderLayer": _encoder_layer,
    "TransformerEncoder": _stack,
    "TransformerDecoder": _stack,
}
"""What PyTorch does not keep under the argument's name, by layer."""

UNREAD: Mapping[str, Any] = {
    "padding_mode": "zeros",
    "ceil_mode": False,
    "proj_size": 0,
    "max_norm": None,
    "add_zero_attn": False,
    "bias_k": None,
}
"""Attributes that our layers do not have, each with the value at which it changes nothing."""


def from_torch(module: Torch) -> tuple[Module, dict[str, np.ndarray]]:
    """Return a ``torch.nn`` module as one of ours, and its weights and buffers by path, in float64.

    It acts on single examples, or on what the batch axes of a program hold, as in evaluation mode.  A layer
    that Tripos does not have is an error that names it.
    """
    ours = _converted(module, "")
    state = {name: value for name, value in module.state_dict().items() if "num_batches" not in name}
    weights = {
        name: np.asarray(value.detach().cpu().numpy(), dtype=np.float64) for name, value in state.items()
    }
    wanted = ours.state()
    for name, value in weights.items():
        if wanted.get(name) != value.shape:
            found = "no weight of that name" if name not in wanted else f"shape {wanted[name]}"
            raise GraphError(f"from_torch: {name} has shape {value.shape} in PyTorch, and here {found}")
    return ours, weights


def _converted(theirs: Torch, path: str) -> Module:
    name = type(theirs).__name__
    where = f" at {path.strip('.')}" if path else ""
    if name == "Sequential":
        return nets.Sequential(*(_converted(m, f"{path}.{i}") for i, m in theirs.named_children()))
    kind = getattr(nets, name, None) if name in nets.__all__ else None
    if not (isinstance(kind, type) and issubclass(kind, Module)):
        raise GraphError(
            f"from_torch: there is no layer {name}{where}; build the model from torch.nn.Sequential and "
            "layers that Tripos has, or write its forward pass as a Module"
        )
    for attribute, neutral in UNREAD.items():
        if getattr(theirs, attribute, neutral) != neutral:
            raise GraphError(
                f"from_torch: {name}{where} has {attribute} = {getattr(theirs, attribute)!r}; "
                f"only {neutral!r} is read"
            )
    special = ARGUMENTS[name](theirs, path) if name in ARGUMENTS else {}
    arguments = {f.name: _value(theirs, f.name) for f in fields(kind) if f.init and hasattr(theirs, f.name)}
    made: Module = kind(**(arguments | special))
    return made


def _value(theirs: Torch, name: str) -> Any:
    """Return an argument as it was given: ``bias`` is kept as a tensor, or as None."""
    value = getattr(theirs, name)
    if name == "bias" and not isinstance(value, bool):
        return value is not None
    return value
