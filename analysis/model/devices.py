"""Where torch may compute."""

import psutil
import torch

from analysis.values import UserError


def available() -> tuple[str, ...]:
    """Devices that can be chosen, best first."""
    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return (*names, *(("mps",) if torch.backends.mps.is_available() else ()), "cpu")


def choose(name: str) -> torch.device:
    """ "auto" (CUDA, then MPS, then CPU), "cpu", "cuda", "cuda:1" or "mps"; raises UserError when it is not there."""
    names = available()
    wanted = names[0] if name == "auto" else "cuda:0" if name == "cuda" else name
    if wanted not in names:
        why = f" ({problem})" if wanted.startswith("cuda") and (problem := cuda_problem()) else ""
        raise UserError(f"There is no device {name!r} here{why}; choose one of {', '.join(names)}.")
    return torch.device(wanted)


def free_memory(device: torch.device) -> int:
    """Bytes that can still be taken where the device computes."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def memory(device: torch.device) -> str:
    """What is in use on the device, for the status line; empty where the device does not say."""
    if device.type == "cuda":
        return f"{torch.cuda.memory_allocated(device) / 2**30:.1f} GB {device}"
    return str(device)


def notes() -> tuple[str, ...]:
    """One line a device: what it is; and why CUDA is not among them."""
    lines = []
    for name in available():
        if name.startswith("cuda"):
            found = torch.cuda.get_device_properties(name)
            lines.append(f"{name}: {found.name}, {found.total_memory / 2**30:.0f} GB, CUDA {torch.version.cuda}")
        else:
            count = torch.get_num_threads()
            lines.append(f"{name}: {count} thread{'s' * (count != 1)}" if name == "cpu" else name)
    problem = cuda_problem()
    return (*lines, f"no CUDA: {problem}") if problem else tuple(lines)


def cuda_problem() -> str:
    """Why there is no CUDA device: the build, or what the driver says; empty where there is one."""
    if torch.cuda.is_available():
        return ""
    if torch.version.cuda is None:
        return "this torch is built without CUDA"
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        return str(error).strip().partition("\n")[0].rstrip(". ")
    return "the driver shows no device"
