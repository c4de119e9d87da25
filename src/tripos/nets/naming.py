"""Names for the weights of systems with parts, so that those of the encoder and the decoder stay apart."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph import Node, symbol
from .module import Module


def tagged_symbols(parts: Mapping[str, tuple[str, Module]]) -> dict[str, Node]:
    """Return the symbols of the weights of parts by path, each with the tag of its part: W_1 as W_enc_1.

    ``parts`` says for the path of each part its tag and its module.
    """
    found: dict[str, Node] = {}
    for path, (tag, module) in parts.items():
        for name, node in module.symbols().items():
            letter, *rest = str(node.name).split("_")
            found[f"{path}.{name}"] = symbol("_".join([letter, tag, *rest]), node.shape)
    return found
