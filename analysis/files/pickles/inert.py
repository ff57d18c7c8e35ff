"""What pickled objects become: plain records without behaviour."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Global:
    """A name in a module, as the file writes it. Never looked up."""

    module: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Pairs:
    """A dictionary before its keys are hashed: a file chooses its keys, and could choose ones that collide."""

    pairs: list[tuple[object, object]] = field(default_factory=list)

    def get(self, key: str) -> object:
        """The value last stored under a text, else None."""
        return next((value for have, value in reversed(self.pairs) if isinstance(have, str) and have == key), None)


class Fields(Pairs):
    """argparse.Namespace and its like: what is set on it becomes its content."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Bag:
    """A set, unhashed."""

    items: list[object] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Placeholder:
    """An object of a class that is not known here: its class name and what it was to be made from."""

    label: str
    args: tuple[object, ...] = ()
    state: object = None
    items: list[object] | None = None
    pairs: list[tuple[object, object]] | None = None

    def fields(self) -> Pairs | None:
        """The object's attributes, where its state is made of attributes."""
        states = self.state if isinstance(self.state, tuple) else (self.state,)
        found = [state for state in states if isinstance(state, Pairs)]
        return Pairs([pair for state in found for pair in state.pairs]) if found else None


def label_of(thing: object) -> str:
    """What to call a thing that cannot be called."""
    return thing.label if isinstance(thing, Global | Placeholder) else type(thing).__name__
