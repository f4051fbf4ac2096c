"""In which order a plan is sent: as planned, or shuffled; each message once, or some twice. Pure."""

from producers.simulator.chance import Chance
from producers.simulator.planned import Plan, Planned

_AGAIN_AFTER = 20
"""How many messages lie between a message and its repetition where nothing is shuffled."""


def ordered(plan: Plan, shuffle_seed: int | None, repeat: float) -> list[Planned]:
    """The messages in their order of sending; ``repeat`` is the share that is sent twice, from 0 to 1."""
    chance = Chance(plan.seed, "order", shuffle_seed)
    placed = list(enumerate(plan.messages))
    placed += [(place + _AGAIN_AFTER, each) for place, each in placed if chance.happens(repeat)]
    if shuffle_seed is None:
        return [each for _, each in sorted(placed, key=lambda pair: pair[0])]
    return [each for _, each in chance.shuffled(placed)]
