"""The instructions of the pickle machine, protocols 0 to 5: byte → what it does to the machine."""

import codecs
import re
import struct
from collections.abc import Callable

from analysis.files.pickles.build import give_state
from analysis.files.pickles.inert import Bag, Global, Pairs, Placeholder
from analysis.files.pickles.machine import CONTAINER, MOST_NUMBER_BYTES, Machine
from analysis.files.unreadable import CutShort, Unreadable, damaged

Operation = Callable[[Machine], None]
OPERATIONS: dict[int, Operation] = {}
_MOST_DIGITS = 1000
_UNESCAPE = codecs.getdecoder("raw-unicode-escape")  # looked up now: a codec is imported on its first use


def _op(code: bytes) -> Callable[[Operation], Operation]:
    def register(function: Operation) -> Operation:
        OPERATIONS[code[0]] = function
        return function

    return register


def _constant(code: bytes, value: object) -> None:
    OPERATIONS[code[0]] = lambda machine: machine.stack.append(value)


def _unsigned(code: bytes, size: int) -> None:
    OPERATIONS[code[0]] = lambda machine: machine.stack.append(machine.number(size))


def _sized(code: bytes, size: int, convert: Callable[[bytes], object]) -> None:
    """A length of `size` bytes, then as many bytes, converted."""

    def operation(machine: Machine) -> None:
        raw = machine.take(machine.number(size))
        if convert is not bytes and not raw.isascii():
            machine.spend(3 * len(raw))  # a letter may take four bytes in memory
        machine.stack.append(convert(raw))

    OPERATIONS[code[0]] = operation


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


_constant(b"N", None)
_constant(b"\x88", True)
_constant(b"\x89", False)
_constant(b")", ())
_unsigned(b"K", 1)
_unsigned(b"M", 2)
for _code, _size in ((b"X", 4), (b"\x8c", 1), (b"\x8d", 8)):
    _sized(_code, _size, _utf8)
for _code, _size in ((b"B", 4), (b"C", 1), (b"\x8e", 8), (b"\x96", 8)):
    _sized(_code, _size, bytes)
for _code, _size in ((b"T", 4), (b"U", 1)):
    _sized(_code, _size, _old_text)
for _code, _size in ((b"\x8a", 1), (b"\x8b", 4)):
    _sized(_code, _size, _signed)


# ---- numbers and texts -------------------------------------------------------------------------------------------


@_op(b"J")
def _binint(machine: Machine) -> None:
    number = machine.number(4)
    machine.stack.append(number - (1 << 32) if number >= 1 << 31 else number)


@_op(b"G")
def _binfloat(machine: Machine) -> None:
    start, machine.position = machine.position, machine.position + 8
    machine.stack.append(struct.unpack_from(">d", machine.data, start)[0])


@_op(b"I")
def _int(machine: Machine) -> None:
    line = machine.line()
    machine.stack.append(line == b"01" if line in (b"00", b"01") else _decimal(line))


@_op(b"L")
def _long(machine: Machine) -> None:
    machine.stack.append(_decimal(machine.line().removesuffix(b"L")))


@_op(b"F")
def _float(machine: Machine) -> None:
    machine.stack.append(float(machine.line()))


@_op(b"S")
def _string(machine: Machine) -> None:
    line = machine.line().strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise damaged("a text in its pickle has no quotes")
    machine.stack.append(_old_text(codecs.escape_decode(line[1:-1])[0]))


@_op(b"V")
def _unicode(machine: Machine) -> None:
    machine.stack.append(_UNESCAPE(machine.line())[0])


# ---- containers --------------------------------------------------------------------------------------------------


def _new(code: bytes, make: Callable[[list[object]], object], marked: bool) -> None:
    def operation(machine: Machine) -> None:
        machine.spend(CONTAINER)
        items = machine.since_mark() if marked else []
        machine.stack.append(make(items))

    OPERATIONS[code[0]] = operation


_new(b"]", list, marked=False)
_new(b"}", lambda items: Pairs(), marked=False)
_new(b"\x8f", Bag, marked=False)
_new(b"l", list, marked=True)
_new(b"t", tuple, marked=True)
_new(b"\x91", Bag, marked=True)


def _tuple(code: bytes, size: int) -> None:
    def operation(machine: Machine) -> None:
        if len(machine.stack) < size:
            raise IndexError
        machine.spend(CONTAINER)
        machine.stack[-size:] = [tuple(machine.stack[-size:])]

    OPERATIONS[code[0]] = operation


for _code, _size in ((b"\x85", 1), (b"\x86", 2), (b"\x87", 3)):
    _tuple(_code, _size)


@_op(b"d")
def _dict(machine: Machine) -> None:
    machine.spend(CONTAINER)
    items, made = machine.since_mark(), Pairs()
    machine.store(made, items)
    machine.stack.append(made)


@_op(b"a")
def _append(machine: Machine) -> None:
    item = machine.stack.pop()
    machine.append(machine.stack[-1], [item])


@_op(b"e")
@_op(b"\x90")
def _extend(machine: Machine) -> None:
    items = machine.since_mark()
    machine.append(machine.stack[-1], items)


@_op(b"s")
def _setitem(machine: Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.store(machine.stack[-1], [key, value])


@_op(b"u")
def _setitems(machine: Machine) -> None:
    items = machine.since_mark()
    machine.store(machine.stack[-1], items)


# ---- the stack and the memo --------------------------------------------------------------------------------------


@_op(b"(")
def _mark(machine: Machine) -> None:
    machine.mark()


@_op(b"0")
def _pop(machine: Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.since_mark()


@_op(b"1")
def _pop_mark(machine: Machine) -> None:
    machine.since_mark()


@_op(b"2")
def _dup(machine: Machine) -> None:
    machine.stack.append(machine.stack[-1])


@_op(b"g")
def _get(machine: Machine) -> None:
    machine.stack.append(machine.memo[_decimal(machine.line())])


@_op(b"p")
def _put(machine: Machine) -> None:
    index = _decimal(machine.line())
    if not 0 <= index < 1 << 32:
        raise damaged("its pickle remembers out of range")
    machine.keep(index)


def _binary(get: bytes, put: bytes, size: int) -> None:
    OPERATIONS[get[0]] = lambda machine: machine.stack.append(machine.memo[machine.number(size)])
    OPERATIONS[put[0]] = lambda machine: machine.keep(machine.number(size))


_binary(b"h", b"q", 1)
_binary(b"j", b"r", 4)


@_op(b"\x94")
def _memoize(machine: Machine) -> None:
    machine.keep(len(machine.memo))


# ---- names, calls and states -------------------------------------------------------------------------------------


@_op(b"c")
def _global(machine: Machine) -> None:
    module, name = machine.line().decode("utf-8"), machine.line().decode("utf-8")
    machine.stack.append(machine.find(module, name))


@_op(b"\x93")
def _stack_global(machine: Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.find(module, name))


def _extension(code: bytes, size: int) -> None:
    def operation(machine: Machine) -> None:
        machine.spend(CONTAINER)
        machine.stack.append(Global("copyreg", f"extension {machine.number(size)}"))

    OPERATIONS[code[0]] = operation


for _code, _size in ((b"\x82", 1), (b"\x83", 2), (b"\x84", 4)):
    _extension(_code, _size)


@_op(b"R")
@_op(b"\x81")
def _reduce(machine: Machine) -> None:
    args, callee = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.call(callee, args))


@_op(b"\x92")
def _newobj_ex(machine: Machine) -> None:
    keywords, args, callee = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    made = machine.call(callee, args)
    if isinstance(made, Placeholder) and made.state is None:
        made.state = keywords
    machine.stack.append(made)


@_op(b"i")
def _inst(machine: Machine) -> None:
    module, name = machine.line().decode("utf-8"), machine.line().decode("utf-8")
    args = tuple(machine.since_mark())
    machine.stack.append(machine.call(machine.find(module, name), args))


@_op(b"o")
def _obj(machine: Machine) -> None:
    items = machine.since_mark()
    machine.stack.append(machine.call(items[0], tuple(items[1:])))


@_op(b"b")
def _build(machine: Machine) -> None:
    state = machine.stack.pop()
    give_state(machine, machine.stack[-1], state)


@_op(b"P")
def _persid(machine: Machine) -> None:
    machine.stack.append(machine.persisted(machine.line().decode("utf-8")))


@_op(b"Q")
def _binpersid(machine: Machine) -> None:
    machine.stack.append(machine.persisted(machine.stack.pop()))


# ---- around it ---------------------------------------------------------------------------------------------------


@_op(b"\x80")
def _proto(machine: Machine) -> None:
    if machine.number(1) > 5:
        raise damaged("its pickle is of an unknown protocol")


@_op(b"\x95")
def _frame(machine: Machine) -> None:
    if machine.number(8) > len(machine.data) - machine.position:
        raise CutShort("is damaged or incomplete (its pickle ends too early)")


@_op(b"\x97")
@_op(b"\x98")
def _buffer(machine: Machine) -> None:
    raise Unreadable("needs buffers that were stored outside of it")
