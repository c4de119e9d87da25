"""What the figures of a paper show: plain data, which a press draws or tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """A curve: its label, and its height at each of the plot's places, None where it has none."""

    label: str
    heights: tuple[float | None, ...]


@dataclass(frozen=True)
class Plot:
    """Curves over a common range; ``places`` are the sampled points on the horizontal axis."""

    places: tuple[float, ...]
    curves: tuple[Curve, ...]

    @property
    def alternative(self) -> str:
        """What the plot shows, in words."""
        told = [f"{c.label} ({_range(c)})" for c in self.curves]
        return f"Plot from {_short(self.places[0])} to {_short(self.places[-1])} of {_listed(told)}."


@dataclass(frozen=True)
class Network:
    """Layers of units, each unit linked to all of the next layer; how many units each layer has."""

    sizes: tuple[int, ...]

    @property
    def alternative(self) -> str:
        """What the diagram shows, in words."""
        first, *hidden, last = self.sizes
        told = [_count(first, "input"), *(_count(n, "hidden unit") for n in hidden), _count(last, "output")]
        return f"A network of {_listed(told)}; each unit is linked to all of the next layer."


@dataclass(frozen=True)
class Vertex:
    """A node of a computation graph: its label, the layer it stands in, and whether nothing leads to it."""

    label: str
    layer: int
    given: bool


@dataclass(frozen=True)
class Diagram:
    """A computation graph; an edge leads from one vertex to another, each by its place among the vertices."""

    vertices: tuple[Vertex, ...]
    edges: tuple[tuple[int, int], ...]

    @property
    def alternative(self) -> str:
        """What the graph shows, in words."""
        given = [v.label for v in self.vertices if v.given]
        told = []
        for i, vertex in enumerate(self.vertices):
            sources = [self.vertices[a].label for a, b in self.edges if b == i]
            if sources:
                told.append(f"{vertex.label} from {_listed(sources)}")
        start = f"Computation graph of {self.vertices[-1].label}, given {_listed(given)}"
        return f"{start}: {'; '.join(told)}." if told else f"{start}."


Drawing = Plot | Network | Diagram


def _range(curve: Curve) -> str:
    heights = [y for y in curve.heights if y is not None]
    return f"between {_short(min(heights))} and {_short(max(heights))}" if heights else "nowhere defined"


def _short(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(items: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else "nothing"
