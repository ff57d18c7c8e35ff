"""The names in a pickle that are understood, each with what stands in for it here."""

import torch

from analysis.files.dense import Dense, Odd, Storage, dense
from analysis.files.pickles import arrays
from analysis.files.pickles.inert import Bag, Fields, Global, Pairs, Placeholder
from analysis.files.pickles.machine import CONTAINER, Handler, Machine
from analysis.files.unreadable import damaged

Args = tuple[object, ...]

# ---- containers and small values ---------------------------------------------------------------------------------


def _items(machine: Machine, args: Args) -> list[object] | None:
    """The items of the only argument, copied; None when there is something else."""
    machine.spend(CONTAINER)
    source = args[0] if args else []
    items = source.items if isinstance(source, Bag) else source
    if len(args) > 1 or not isinstance(items, list | tuple):
        return None
    machine.spend(8 * len(items))
    return list(items)


def _list(machine: Machine, args: Args) -> object:
    return _items(machine, args)


def _tuple(machine: Machine, args: Args) -> object:
    items = _items(machine, args)
    return None if items is None else tuple(items)


def _set(machine: Machine, args: Args) -> object:
    items = _items(machine, args)
    return None if items is None else Bag(items)


def _dict(machine: Machine, args: Args) -> object:
    if args and isinstance(args[0], Pairs):
        machine.spend(CONTAINER + 8 * len(args[0].pairs))
        return Pairs(list(args[0].pairs))
    items = _items(machine, args) or []
    pairs = [tuple(item) for item in items if isinstance(item, tuple | list) and len(item) == 2]
    machine.spend(64 * len(pairs))
    return Pairs([(key, value) for key, value in pairs]) if len(pairs) == len(items) else None


def _default_dict(machine: Machine, args: Args) -> object:
    return _dict(machine, args[1:])


def _deque(machine: Machine, args: Args) -> object:
    return _list(machine, args[:1])


def _fields(machine: Machine, args: Args) -> object:
    machine.spend(CONTAINER)
    return None if args else Fields()


def _path(machine: Machine, args: Args) -> object:
    """pathlib's classes, by their parts."""
    parts = [part for part in args if isinstance(part, str)]
    machine.spend(CONTAINER + sum(map(len, parts)))
    if len(parts) != len(args):
        return None
    head = parts[0] if parts[:1] and parts[0].endswith(("/", "\\")) else ""
    return head + "/".join(parts[1:] if head else parts) or "."


def _encode(machine: Machine, args: Args) -> object:
    """_codecs.encode(text, "latin1"): how protocols 0 to 2 write bytes."""
    if len(args) != 2 or not isinstance(args[0], str) or args[1] not in ("latin1", "latin-1"):
        return None
    machine.spend(CONTAINER + len(args[0]))
    return args[0].encode("latin1")


def _bytes(machine: Machine, args: Args) -> object:
    if len(args) == 2:
        return _encode(machine, args)
    return args[0] if args and isinstance(args[0], bytes) else (None if args else b"")


def _complex(machine: Machine, args: Args) -> object:
    real, imaginary = args if len(args) == 2 else (None, None)
    return complex(real, imaginary) if isinstance(real, float) and isinstance(imaginary, float) else None


def _device(machine: Machine, args: Args) -> object:
    """torch.device("cuda", 0)."""
    machine.spend(CONTAINER)
    plain = 0 < len(args) < 3 and all(isinstance(part, str | int) for part in args)
    return ":".join(str(part)[:40] for part in args) if plain else None


def _attribute(machine: Machine, args: Args) -> object:
    """getattr(Class, "NAME"): how enums and nested classes are written."""
    owner, name = args if len(args) == 2 else (None, None)
    if not isinstance(owner, Global) or not isinstance(name, str):
        return None
    machine.spend(CONTAINER + len(owner.name) + len(name))
    return Placeholder(f"{owner.label[:200]}.{name[:200]}")


def _reconstructor(machine: Machine, args: Args) -> object:
    """copyreg._reconstructor(class, base, base's state): how protocols 0 and 1 write an object."""
    if len(args) != 3 or not isinstance(args[0], Global):
        return None
    made = machine.call(args[0], ())
    if isinstance(made, Placeholder):
        made.pairs = list(args[2].pairs) if isinstance(args[2], Pairs) else None
        made.items = list(args[2]) if isinstance(args[2], list | tuple) else None
        machine.spend(8 * len(made.pairs or made.items or ()))
    return made


def _new_object(machine: Machine, args: Args) -> object:
    """copyreg.__newobj__(class, *args)."""
    return machine.call(args[0], args[1:]) if args else None


# ---- tensors -----------------------------------------------------------------------------------------------------


def _tensor(machine: Machine, args: Args) -> object:
    """torch._utils._rebuild_tensor(_v2): storage, offset, size, stride, then what does not matter, then signs."""
    if len(args) < 4:
        raise damaged("a tensor lacks its shape")
    return _dense(machine, args, None, args[6] if len(args) > 6 else None)


def _tensor_v3(machine: Machine, args: Args) -> object:
    if len(args) < 7 or not isinstance(args[6], torch.dtype):
        raise damaged("a tensor lacks its number format")
    return _dense(machine, args, args[6], args[7] if len(args) > 7 else None)


def _dense(machine: Machine, args: Args, dtype: torch.dtype | None, metadata: object) -> object:
    storage, offset, shape, stride = args[:4]
    machine.spend(2 * CONTAINER + 16 * (len(shape) if isinstance(shape, tuple | list) else 0))
    if isinstance(storage, Odd):
        return storage
    if not isinstance(storage, Storage):
        raise damaged("a tensor lacks its storage")
    signs = metadata if isinstance(metadata, Pairs) else Pairs()
    conjugate, negative = signs.get("conj") is True, signs.get("neg") is True
    return dense(storage, dtype or storage.dtype, offset, shape, stride, conjugate=conjugate, negative=negative)


def _parameter(machine: Machine, args: Args) -> object:
    return args[0] if args and isinstance(args[0], Dense | Odd) else None


def _subclass(machine: Machine, args: Args) -> object:
    """torch._tensor._rebuild_from_type(_v2): (function, class, arguments, state); the plain tensor inside."""
    if len(args) < 3 or not isinstance(args[0], Global) or args[0].module != "torch._utils":
        return None
    return machine.call(args[0], args[2])


def _odd(why: str) -> Handler:
    def handler(machine: Machine, args: Args, /) -> object:
        machine.spend(CONTAINER)
        return Odd(why)

    return handler


def _first(machine: Machine, args: Args) -> object:
    return args[0] if args else None


_TORCH: dict[str, Handler] = {
    "_rebuild_tensor": _tensor,
    "_rebuild_tensor_v2": _tensor,
    "_rebuild_tensor_v3": _tensor_v3,
    "_rebuild_parameter": _parameter,
    "_rebuild_parameter_with_state": _parameter,
    "_rebuild_qtensor": _odd("quantized"),
    "_rebuild_sparse_tensor": _odd("sparse"),
    "_rebuild_sparse_csr_tensor": _odd("sparse"),
    "_rebuild_nested_tensor": _odd("nested"),
    "_rebuild_meta_tensor_no_storage": _odd("without values (made on the meta device)"),
    "_rebuild_wrapper_subclass": _odd("of a class of its own"),
    "_rebuild_device_tensor_from_numpy": _odd("of another device's own form"),
    "_rebuild_device_tensor_from_cpu_tensor": _parameter,
}

KNOWN: dict[tuple[str, str], Handler] = {
    ("collections", "OrderedDict"): _dict,
    ("collections", "defaultdict"): _default_dict,
    ("collections", "Counter"): _dict,
    ("collections", "deque"): _deque,
    ("copyreg", "_reconstructor"): _reconstructor,
    ("copyreg", "__newobj__"): _new_object,
    ("_codecs", "encode"): _encode,
    ("argparse", "Namespace"): _fields,
    ("types", "SimpleNamespace"): _fields,
    ("numpy", "dtype"): arrays.dtype,
    ("torch", "Size"): _tuple,
    ("torch", "device"): _device,
    ("torch._tensor", "_rebuild_from_type"): _subclass,
    ("torch._tensor", "_rebuild_from_type_v2"): _subclass,
    ("torch.serialization", "_get_layout"): _first,
    ("torch.nn.parameter", "Parameter"): _parameter,
}
KNOWN |= {("torch._utils", name): handler for name, handler in _TORCH.items()}
_BUILTINS: dict[str, Handler] = {
    "list": _list,
    "tuple": _tuple,
    "set": _set,
    "frozenset": _set,
    "dict": _dict,
    "bytes": _bytes,
    "bytearray": _bytes,
    "complex": _complex,
    "getattr": _attribute,
}
KNOWN |= {("builtins", name): handler for name, handler in _BUILTINS.items()}
KNOWN |= {
    (module, kind): _path
    for module in ("pathlib", "pathlib._local")
    for kind in ("PosixPath", "WindowsPath", "Path", "PurePath", "PurePosixPath", "PureWindowsPath")
}
for _module in ("numpy._core", "numpy.core"):
    KNOWN[_module + ".multiarray", "scalar"] = arrays.scalar
    KNOWN[_module + ".multiarray", "_reconstruct"] = arrays.reconstruct
    KNOWN[_module + ".numeric", "_frombuffer"] = arrays.from_buffer
# the names that Python 2 gave them
KNOWN |= {("__builtin__", name): handler for name, handler in _BUILTINS.items()}
KNOWN |= {("copy_reg", name): KNOWN["copyreg", name] for name in ("_reconstructor", "__newobj__")}
