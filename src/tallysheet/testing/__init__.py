"""Public fakes for every seam, and stores that misbehave on purpose: for your tests and ours."""

from tallysheet.testing._clock import FakeClock
from tallysheet.testing._counting import CountingStore
from tallysheet.testing._faulty import FAULTS, FaultyStore
from tallysheet.testing._inline import Inline
from tallysheet.testing._provider import Behaviour, Level, Levels, Mishap, Provider, Verdict
from tallysheet.testing._scripted_model import ScriptedModel
from tallysheet.testing._slow import SlowStore

__all__ = [
    "FAULTS",
    "Behaviour",
    "CountingStore",
    "FakeClock",
    "FaultyStore",
    "Inline",
    "Level",
    "Levels",
    "Mishap",
    "Provider",
    "ScriptedModel",
    "SlowStore",
    "Verdict",
]
