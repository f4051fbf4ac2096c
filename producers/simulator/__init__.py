"""A seeded, simulated trial: planned without a clock, then sent through the real doors."""

from producers.simulator.plan import SEED_DEFAULT, expected_answers, simulate
from producers.simulator.planned import Plan, Planned
from producers.simulator.send import Sent, send

__all__ = ["SEED_DEFAULT", "Plan", "Planned", "Sent", "expected_answers", "send", "simulate"]
