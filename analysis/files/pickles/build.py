"""What the BUILD instruction does: a state given to a thing."""

from analysis.files.pickles.arrays import Array, Numbers
from analysis.files.pickles.inert import Pairs, Placeholder
from analysis.files.pickles.machine import Machine


class Fields(Pairs):
    """argparse.Namespace and its like: what is set on it becomes its content."""

    __slots__ = ()


def give_state(machine: Machine, target: object, state: object) -> None:
    """Give a known object its state; anything else (a tensor's hooks, a dictionary's attributes) is ignored."""
    if isinstance(target, Placeholder):
        target.state = state
    elif isinstance(target, Array):
        target.build(machine, state)
    elif isinstance(target, Numbers):
        target.build(state)
    elif isinstance(target, Fields) and isinstance(state, Pairs):
        machine.spend(8 * len(state.pairs))
        target.pairs.extend(state.pairs)
