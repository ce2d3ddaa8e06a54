"""A mapping that is cheap to change without changing it: a shared floor under a small layer."""

from collections.abc import Iterator, Mapping
from math import isqrt
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_SMALL = 64


class Layered(Mapping[K, V], Generic[K, V]):
    """An immutable mapping; `with_items` gives another that shares almost everything with it.

    The floor is never written to. The layer is copied at each change and melted into a new floor when
    it outgrows the square root of the floor, so that a change costs about that much and not the whole.

    >>> before = Layered({"a": 1})
    >>> after = before.with_items({"b": 2})
    >>> len(before), len(after), after["a"]
    (1, 2, 1)
    """

    __slots__ = ("_extra", "_floor", "_layer")

    def __init__(self, floor: Mapping[K, V] | None = None) -> None:
        self._floor: Mapping[K, V] = dict(floor or {})
        self._layer: Mapping[K, V] = {}
        self._extra = 0

    def with_items(self, items: Mapping[K, V]) -> "Layered[K, V]":
        """Return the mapping with some keys set."""
        layer = {**self._layer, **items}
        changed: Layered[K, V] = Layered.__new__(Layered)
        if len(layer) > max(_SMALL, isqrt(len(self._floor))):
            changed._floor = {**self._floor, **layer}
            changed._layer = {}
            changed._extra = 0
        else:
            changed._floor = self._floor
            changed._layer = layer
            changed._extra = sum(1 for key in layer if key not in self._floor)
        return changed

    def __getitem__(self, key: K) -> V:
        if key in self._layer:
            return self._layer[key]
        return self._floor[key]

    def __iter__(self) -> Iterator[K]:
        yield from self._floor
        for key in self._layer:
            if key not in self._floor:
                yield key

    def __len__(self) -> int:
        return len(self._floor) + self._extra
