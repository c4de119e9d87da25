"""A ``torch.nn`` model as one of ours, with its weights.

Layers carry the same names, arguments and weights, so most are read field by field; only what PyTorch keeps
elsewhere than in an attribute of the argument's name is said here.  Nothing here imports PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from inspect import signature
from typing import Any

import numpy as np

from .. import nets
from ..graph import GraphError
from .module import Module

Torch = Any
"""A ``torch.nn.Module``."""


def _encoder_layer(theirs: Torch, path: str) -> dict[str, Any]:
    activation = getattr(theirs.activation, "__name__", None)
    if activation is None:
        activation = _converted(theirs.activation, f"{path}.activation")
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
    layers = [_converted(layer, f"{path}.layers.{i}") for i, layer in enumerate(theirs.layers)]
    if any(layer != layers[0] for layer in layers):
        raise _refusal(theirs, path, "has layers that differ in more than their weights")
    norm = None if theirs.norm is None else _converted(theirs.norm, f"{path}.norm")
    which = "encoder_layer" if type(theirs).__name__ == "TransformerEncoder" else "decoder_layer"
    return {which: layers[0], "num_layers": len(layers), "norm": norm}


def _transformer(theirs: Torch, path: str) -> dict[str, Any]:
    parts = {name: _converted(getattr(theirs, name), f"{path}.{name}") for name in ("encoder", "decoder")}
    if isinstance(encoder := parts["encoder"], nets.TransformerEncoder):
        layer = encoder.encoder_layer
        options = {f.name: getattr(layer, f.name) for f in fields(layer)}
        options |= {f"num_{name}_layers": getattr(part, "num_layers", 1) for name, part in parts.items()}
        if nets.Transformer(**options).children() == parts:
            return options
    raise _refusal(theirs, path, "has an encoder or a decoder of its own making")


def _flatten(theirs: Torch, path: str) -> dict[str, Any]:
    if theirs.start_dim == 0:
        raise _refusal(theirs, path, "joins the examples of a batch: start_dim = 0")
    return {"start_dim": _own_axis(theirs.start_dim)}


def _own_axis(dim: int) -> int:
    """Return an axis of one example; PyTorch counts the batch axis as well."""
    return dim - 1 if dim > 0 else dim


def _softmax(theirs: Torch, path: str) -> dict[str, Any]:
    if not theirs.dim:
        raise _refusal(theirs, path, f"has dim = {theirs.dim}, which is not an axis of an example")
    return {"dim": _own_axis(theirs.dim)}


def _norm(theirs: Torch, path: str) -> dict[str, Any]:
    shape = tuple(theirs.normalized_shape)
    return {"normalized_shape": shape if len(shape) > 1 else shape[0]}


def _embedding(theirs: Torch, path: str) -> dict[str, Any]:
    padding = theirs.padding_idx
    if padding is not None and theirs.weight[padding].any():
        raise _refusal(theirs, path, f"has entries other than 0 at padding_idx = {padding}")
    return {}


ARGUMENTS: Mapping[str, Callable[[Torch, str], dict[str, Any]]] = {
    "Embedding": _embedding,
    "Flatten": _flatten,
    "Softmax": _softmax,
    "LayerNorm": _norm,
    "RMSNorm": _norm,
    "MultiheadAttention": lambda theirs, path: {
        "bias": theirs.in_proj_bias is not None,
        "kdim": None if theirs._qkv_same_embed_dim else theirs.kdim,
        "vdim": None if theirs._qkv_same_embed_dim else theirs.vdim,
    },
    "TransformerEncoderLayer": _encoder_layer,
    "TransformerDecoderLayer": _encoder_layer,
    "TransformerEncoder": _stack,
    "TransformerDecoder": _stack,
    "Transformer": _transformer,
}
"""What PyTorch does not keep under the argument's name, by layer."""

HARMLESS = frozenset(
    "bias inplace device dtype batch_first norm_type scale_grad_by_freq sparse size_average reduce "
    "enable_nested_tensor".split()
)
"""Arguments that do not change what a layer puts out for one example."""

UNREAD: Mapping[str, Any] = {"proj_size": 0, "bias_k": None}
"""Attributes besides arguments that our layers do not have, with the value at which they change nothing."""


def from_torch(module: Torch) -> tuple[Module, dict[str, np.ndarray]]:
    """Return a ``torch.nn`` module as one of ours, and its weights and buffers by path, in float64.

    It acts on single examples, or on what the batch axes of a program hold, as in evaluation mode.  A layer
    that Tripos does not have is an error that names it.
    """
    ours = _converted(module, "")
    state = {name: value for name, value in module.state_dict().items() if "num_batches" not in name}
    weights = {
        _numbered(module, name): np.asarray(value.detach().cpu().double().numpy())
        for name, value in state.items()
    }
    wanted = ours.state()
    for name, value in weights.items():
        if wanted.get(name) != value.shape:
            found = "no weight of that name" if name not in wanted else f"shape {wanted[name]}"
            raise GraphError(f"from_torch: {name} has shape {value.shape} in PyTorch, and here {found}")
    if missing := ours.weights().keys() - weights.keys():
        raise GraphError(f"from_torch: PyTorch's module has no {min(missing)}, which the layer here learns")
    return ours, weights


def _numbered(theirs: Torch, name: str) -> str:
    """Return the path of a weight with the layers of each Sequential called by their positions."""
    found = []
    for part in name.split(".")[:-1]:
        layers = theirs._modules
        found.append(str(list(layers).index(part)) if _is_sequential(theirs) else part)
        theirs = layers[part]
    return ".".join([*found, name.rpartition(".")[2]])


def _is_sequential(theirs: Torch) -> bool:
    """Say whether a module is a Sequential, or of a class derived from it that runs as it does."""
    forward = getattr(type(theirs), "forward", None)
    return getattr(forward, "__qualname__", "") == "Sequential.forward"


def _refusal(theirs: Torch, path: str, why: str) -> GraphError:
    where = f" at {path.strip('.')}" if path else ""
    return GraphError(f"from_torch: {type(theirs).__name__}{where} {why}")


def _converted(theirs: Torch, path: str) -> Module:
    name = type(theirs).__name__
    if _is_sequential(theirs):
        return nets.Sequential(*(_converted(m, f"{path}.{i}") for i, m in enumerate(theirs)))
    kind = getattr(nets, name, None) if name in nets.__all__ else None
    if not (isinstance(kind, type) and issubclass(kind, Module)):
        where = f" at {path.strip('.')}" if path else ""
        raise GraphError(
            f"from_torch: there is no layer {name}{where}; build the model from torch.nn.Sequential and "
            "layers that Tripos has, or write its forward pass as a Module"
        )
    read = {f.name for f in fields(kind) if f.init}
    given = signature(type(theirs)).parameters.values()
    defaults = {p.name: p.default for p in given if p.default is not p.empty} | dict(UNREAD)
    for attribute in sorted(defaults.keys() - read - HARMLESS):
        neutral = defaults[attribute]
        found = getattr(theirs, attribute, neutral)
        if found is not neutral and found != neutral:
            raise _refusal(theirs, path, f"has {attribute} = {found!r}; only {neutral!r} is read")
    special = ARGUMENTS[name](theirs, path) if name in ARGUMENTS else {}
    arguments = {name: _value(theirs, name) for name in read if hasattr(theirs, name)}
    made: Module = kind(**(arguments | special))
    return made


def _value(theirs: Torch, name: str) -> Any:
    """Return an argument as it was given: ``bias`` is kept as a tensor, or as None."""
    value = getattr(theirs, name)
    if name == "bias" and not isinstance(value, bool):
        return value is not None
    return value
