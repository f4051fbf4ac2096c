"""Seeded chance that gives the same numbers on every version of Python: only ``Random.random`` is promised to stay."""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Chance:
    """One stream of numbers. Streams of different names are independent of each other and of the order of drawing."""

    def __init__(self, *name: object) -> None:
        self._random = random.Random("/".join(str(part) for part in name))

    def share(self) -> float:
        """Uniform, from 0 inclusive to 1 exclusive."""
        return self._random.random()

    def happens(self, probability: float) -> bool:
        return self.share() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.share()

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.whole(0, len(items) - 1)]

    def weighted(self, weights: Sequence[tuple[Item, float]]) -> Item:
        """One of the items; the weights need not add up to 1."""
        left = self.share() * sum(weight for _, weight in weights)
        for item, weight in weights:
            left -= weight
            if left < 0:
                return item
        return weights[-1][0]

    def normal(self, mean: float, deviation: float) -> float:
        radius = math.sqrt(-2 * math.log(1 - self.share()))
        return mean + deviation * radius * math.cos(2 * math.pi * self.share())

    def waiting_days(self, hazard_per_year: float) -> float:
        """Days until an event with a constant hazard."""
        return -math.log(1 - self.share()) / hazard_per_year * 365.25

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        left = list(items)
        for last in range(len(left) - 1, 0, -1):
            other = self.whole(0, last)
            left[last], left[other] = left[other], left[last]
        return left
