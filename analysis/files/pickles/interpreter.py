"""Runs the pickle machine, one instruction after another, within its limits."""

import struct

from analysis.files.pickles.machine import Machine
from analysis.files.pickles.opcodes import OPERATIONS
from analysis.files.unreadable import CutShort, damaged, too_much
from analysis.values import Tick, no_tick

MOST_OPCODES = 1_500_000
_TICK_EVERY = 1 << 13
_STOP = ord(".")


def run(machine: Machine, tick: Tick = no_tick) -> object:
    """The object that the next pickle of the machine's data describes; raises Unreadable (CutShort: data end)."""
    machine.stack, machine.marks, machine.memo = [], [], {}
    try:
        for count in range(MOST_OPCODES):
            if count % _TICK_EVERY == 0:
                tick()
            code = machine.data[machine.position]
            machine.position += 1
            if code == _STOP:
                return machine.stack.pop()
            OPERATIONS[code](machine)
    except KeyError:
        raise damaged("it holds an unknown pickle instruction or reference") from None
    except (IndexError, struct.error):
        if machine.position >= len(machine.data):
            raise CutShort("is damaged or incomplete (its pickle ends too early)") from None
        raise damaged("its pickle takes more from the stack than it has put there") from None
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise damaged("its pickle holds an impossible value") from None
    raise too_much(f"more than {MOST_OPCODES:,} pickle instructions")
