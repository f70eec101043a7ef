"""The table of scenarios: what fidoctl does with a key, and how another judge sees it done.

A scenario names what it needs of a key. On a key that has it, its steps are taken. On a key that
lacks any of it, its commands for that case end as "not supported" and leave the key as it was."""

from dataclasses import dataclass
from typing import Callable

SCENARIOS = []


@dataclass(frozen=True)
class Scenario:
    name: str
    needs: frozenset
    refused: list
    steps: Callable


def scenario(*needs, refused=()):
    """Puts a function into the table; `refused` are the commands that a key without one of `needs`
    does not support, each as one text."""

    def enter(steps):
        assert bool(needs) == bool(refused), steps.__name__
        commands = [refused] if isinstance(refused, str) else list(refused)
        SCENARIOS.append(Scenario(steps.__name__, frozenset(needs), commands, steps))
        return steps

    return enter
