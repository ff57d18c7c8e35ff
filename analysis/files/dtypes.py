"""The number formats of tensors, by each of the names that files give them."""

import torch

_NAMES = (
    "float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
    "float8_e8m0fnu", "complex128", "complex64", "complex32", "int64", "int32", "int16", "int8", "uint64", "uint32",
    "uint16", "uint8", "bool",
)  # fmt: skip
DTYPES: dict[tuple[str, str], torch.dtype] = {("torch", name): getattr(torch, name) for name in _NAMES}

_STORED = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64",
    "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
    "ComplexDouble": "complex128", "ComplexFloat": "complex64",
}  # fmt: skip
STORAGES: dict[tuple[str, str], torch.dtype] = {
    (module, f"{kind}Storage"): DTYPES["torch", name]
    for kind, name in _STORED.items()
    for module in ("torch", "torch.cuda")
} | {("torch.storage", "UntypedStorage"): torch.uint8, ("torch", "UntypedStorage"): torch.uint8}

_QUANTIZED = {"QInt8": torch.int8, "QUInt8": torch.uint8, "QInt32": torch.int32}
QUANTIZED: dict[tuple[str, str], torch.dtype] = {
    ("torch", f"{kind}Storage"): dtype for kind, dtype in _QUANTIZED.items()
}

SAFETENSORS: dict[str, torch.dtype] = {
    name: DTYPES["torch", dtype]
    for name, dtype in {
        "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "C64": "complex64",
        "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E4M3FNUZ": "float8_e4m3fnuz",
        "F8_E5M2FNUZ": "float8_e5m2fnuz", "F8_E8M0": "float8_e8m0fnu", "I64": "int64", "I32": "int32", "I16": "int16",
        "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    }.items()
}  # fmt: skip
