"""The instructions of the pickle machine, protocols 0 to 5, and running them within the machine's limits."""

import codecs
import re
import struct
from collections.abc import Callable

from analysis.files.pickles.arrays import Array, Numbers
from analysis.files.pickles.inert import Bag, Fields, Global, Pairs, Placeholder
from analysis.files.pickles.machine import CONTAINER, MOST_NUMBER_BYTES, Machine
from analysis.files.unreadable import CutShort, Unreadable, damaged, too_much
from analysis.values import Tick, no_tick

Operation = Callable[[Machine], object]
_MOST_DIGITS = 1000
_UNESCAPE = codecs.getdecoder("raw-unicode-escape")  # looked up now: a codec is imported on its first use


# ---- numbers and texts -------------------------------------------------------------------------------------------


def _push(make: Callable[[Machine], object]) -> Operation:
    """What `make` reads from the data or the stack, put on the stack."""

    def operation(machine: Machine) -> None:
        made = make(machine)
        machine.stack.append(made)  # looked up now: a mark exchanges the stack

    return operation


def _sized(size: int, convert: Callable[[bytes], object]) -> Operation:
    """A length of `size` bytes, then as many bytes, converted."""

    def operation(machine: Machine) -> None:
        raw = machine.take(machine.number(size))
        if convert is not bytes and not raw.isascii():
            machine.spend(3 * len(raw))  # a letter may take four bytes in memory
        machine.stack.append(convert(raw))

    return operation


def _utf8(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def _old_text(raw: bytes) -> str | bytes:
    """Python 2 did not distinguish text from bytes: whatever decodes counts as text."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def _signed(raw: bytes) -> int:
    if len(raw) > MOST_NUMBER_BYTES:
        raise damaged("it holds a number of too many digits")
    return int.from_bytes(raw, "little", signed=True)


def _decimal(raw: bytes) -> int:
    if not re.fullmatch(rb"\s*[+-]?\d+\s*", raw) or len(raw) > _MOST_DIGITS:
        raise damaged("a number in its pickle is malformed")
    return int(raw)


def _signed_four(machine: Machine) -> int:
    number = machine.number(4)
    return number - (1 << 32) if number >= 1 << 31 else number


def _double(machine: Machine) -> float:
    start, machine.position = machine.position, machine.position + 8
    found: float = struct.unpack_from(">d", machine.data, start)[0]
    return found


def _int_or_bool(machine: Machine) -> int:
    line = machine.line()
    return line == b"01" if line in (b"00", b"01") else _decimal(line)


def _quoted(machine: Machine) -> str | bytes:
    line = machine.line().strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise damaged("a text in its pickle has no quotes")
    return _old_text(codecs.escape_decode(line[1:-1])[0])


# ---- containers --------------------------------------------------------------------------------------------------


def _container(make: Callable[[Machine], object]) -> Operation:
    """The same for what is counted as a container."""

    def spent(machine: Machine) -> object:
        machine.spend(CONTAINER)
        return make(machine)

    return _push(spent)


def _tuple(size: int) -> Operation:
    def operation(machine: Machine) -> None:
        if len(machine.stack) < size:
            raise IndexError
        machine.spend(CONTAINER)
        machine.stack[-size:] = [tuple(machine.stack[-size:])]

    return operation


def _dict(machine: Machine) -> Pairs:
    made = Pairs()
    machine.store(made, machine.since_mark())
    return made


def _append(machine: Machine) -> None:
    item = machine.stack.pop()
    machine.append(machine.stack[-1], [item])


def _extend(machine: Machine) -> None:
    items = machine.since_mark()
    machine.append(machine.stack[-1], items)


def _set_item(machine: Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.store(machine.stack[-1], [key, value])


def _set_items(machine: Machine) -> None:
    items = machine.since_mark()
    machine.store(machine.stack[-1], items)


# ---- the stack and the memo --------------------------------------------------------------------------------------


def _pop(machine: Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.since_mark()


def _put(machine: Machine) -> None:
    index = _decimal(machine.line())
    if not 0 <= index < 1 << 32:
        raise damaged("its pickle remembers out of range")
    machine.keep(index)


# ---- names, calls and states -------------------------------------------------------------------------------------


def _named(machine: Machine) -> object:
    """A module and a name, a line each."""
    module, name = machine.line().decode("utf-8"), machine.line().decode("utf-8")
    return machine.find(module, name)


def _stack_global(machine: Machine) -> object:
    name, module = machine.stack.pop(), machine.stack.pop()
    return machine.find(module, name)


def _extension(size: int) -> Operation:
    return _container(lambda machine: Global("copyreg", f"extension {machine.number(size)}"))


def _reduce(machine: Machine) -> object:
    args, callee = machine.stack.pop(), machine.stack.pop()
    return machine.call(callee, args)


def _new_object(machine: Machine) -> object:
    keywords, args, callee = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    made = machine.call(callee, args)
    if isinstance(made, Placeholder) and made.state is None:
        made.state = keywords
    return made


def _object(machine: Machine) -> object:
    items = machine.since_mark()
    return machine.call(items[0], tuple(items[1:]))


def _build(machine: Machine) -> None:
    """Give a known object its state; anything else (a tensor's hooks, a dictionary's attributes) is ignored."""
    state, target = machine.stack.pop(), machine.stack[-1]
    if isinstance(target, Placeholder):
        target.state = state
    elif isinstance(target, Array):
        target.build(machine, state)
    elif isinstance(target, Numbers):
        target.build(state)
    elif isinstance(target, Fields) and isinstance(state, Pairs):
        machine.spend(8 * len(state.pairs))
        target.pairs.extend(state.pairs)


# ---- around it ---------------------------------------------------------------------------------------------------


def _protocol(machine: Machine) -> None:
    if machine.number(1) > 5:
        raise damaged("its pickle is of an unknown protocol")


def _frame(machine: Machine) -> None:
    if machine.number(8) > len(machine.data) - machine.position:
        raise CutShort("is damaged or incomplete (its pickle ends too early)")


def _buffer(machine: Machine) -> None:
    raise Unreadable("needs buffers that were stored outside of it")


_BY_CODE: dict[bytes, Operation] = {
    # numbers
    b"N": _push(lambda machine: None), b"\x88": _push(lambda machine: True), b"\x89": _push(lambda machine: False),
    b"K": _push(lambda machine: machine.number(1)), b"M": _push(lambda machine: machine.number(2)),
    b"J": _push(_signed_four), b"\x8a": _sized(1, _signed), b"\x8b": _sized(4, _signed),
    b"I": _push(_int_or_bool), b"L": _push(lambda machine: _decimal(machine.line().removesuffix(b"L"))),
    b"F": _push(lambda machine: float(machine.line())), b"G": _push(_double),
    # texts and bytes
    b"X": _sized(4, _utf8), b"\x8c": _sized(1, _utf8), b"\x8d": _sized(8, _utf8),
    b"B": _sized(4, bytes), b"C": _sized(1, bytes), b"\x8e": _sized(8, bytes), b"\x96": _sized(8, bytes),
    b"T": _sized(4, _old_text), b"U": _sized(1, _old_text), b"S": _push(_quoted),
    b"V": _push(lambda machine: _UNESCAPE(machine.line())[0]),
    # containers
    b")": _push(lambda machine: ()), b"\x85": _tuple(1), b"\x86": _tuple(2), b"\x87": _tuple(3),
    b"t": _container(lambda machine: tuple(machine.since_mark())),
    b"]": _container(lambda machine: []), b"l": _container(Machine.since_mark), b"a": _append, b"e": _extend,
    b"\x8f": _container(lambda machine: Bag()), b"\x91": _container(lambda machine: Bag(machine.since_mark())),
    b"\x90": _extend,
    b"}": _container(lambda machine: Pairs()), b"d": _container(_dict), b"s": _set_item, b"u": _set_items,
    # the stack and the memo
    b"(": Machine.mark, b"0": _pop, b"1": Machine.since_mark, b"2": _push(lambda machine: machine.stack[-1]),
    b"g": _push(lambda machine: machine.memo[_decimal(machine.line())]),
    b"h": _push(lambda machine: machine.memo[machine.number(1)]),
    b"j": _push(lambda machine: machine.memo[machine.number(4)]),
    b"p": _put, b"q": lambda machine: machine.keep(machine.number(1)),
    b"r": lambda machine: machine.keep(machine.number(4)), b"\x94": lambda machine: machine.keep(len(machine.memo)),
    # names, calls and states
    b"c": _push(_named), b"\x93": _push(_stack_global),
    b"\x82": _extension(1), b"\x83": _extension(2), b"\x84": _extension(4),
    b"R": _push(_reduce), b"\x81": _push(_reduce), b"\x92": _push(_new_object), b"o": _push(_object),
    b"i": _push(lambda machine: machine.call(_named(machine), tuple(machine.since_mark()))), b"b": _build,
    b"P": _push(lambda machine: machine.persisted(machine.line().decode("utf-8"))),
    b"Q": _push(lambda machine: machine.persisted(machine.stack.pop())),
    # around it
    b"\x80": _protocol, b"\x95": _frame, b"\x97": _buffer, b"\x98": _buffer,
}  # fmt: skip
OPERATIONS = {code[0]: operation for code, operation in _BY_CODE.items()}
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
