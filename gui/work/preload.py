"""Loading torch's shared libraries ahead of its import, without holding the interpreter lock.

Python's own import and ctypes.CDLL keep the lock for the 0.2 s that the loader takes, which freezes the window; a
foreign call of the loader does not.
"""

import ctypes
import importlib.util
import sys
from pathlib import Path

RTLD_NOW = 2
LIBRARIES = ("libtorch_global_deps", "libc10", "libtorch_cpu", "libtorch", "libtorch_python")


def preload_torch() -> None:
    """Load what exists of torch's libraries (Linux, macOS); a library that does not load is left to the import."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None or sys.platform == "win32" or "torch" in sys.modules:
        return
    load = ctypes.CDLL(None).dlopen
    load.restype, load.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    for name in LIBRARIES:
        path = Path(found.origin).parent / "lib" / f"{name}{suffix}"
        if path.exists():
            load(str(path).encode(), RTLD_NOW)
