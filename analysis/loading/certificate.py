"""After loading: is every weight there, is every element of the file used once, does the forward pass hold up?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.model.model import Config, Model, ModelSpec, Part, Weights
from analysis.model.transformer import forward
from analysis.values import Certificate, UserError
from analysis.values.work import Work, part

_DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_SLICE = 2**21  # elements marked between two ticks
_TOLERANCE = 1e-3


def prepare_model(spec: ModelSpec, checkpoint: Checkpoint, device: torch.device, limit: int | None = None) -> Model:
    """The model with its weights still in the file; each is fetched, and checked, when first asked for.

    At most `limit` bytes of them are held at a time. Raises UserError for a weight that is missing or misshapen.
    """
    problem = next(_misfits(spec.config, spec.parts, checkpoint), None)
    if problem is not None:
        raise UserError(f"{problem}; use a complete checkpoint of this model.")
    weights = Weights(spec.parts, checkpoint, device, limit)
    return Model(spec.config, weights, spec.vocabulary, spec.context_vocabulary, name=checkpoint.name)


def fetch_weights(model: Model) -> Work[None]:
    """Fetch every weight, one a step."""
    names = list(model.weights)
    for done, name in enumerate(names):
        yield done / len(names), None
        _ = model.weights[name]


def unused_tensors(spec: ModelSpec, checkpoint: Checkpoint) -> tuple[str, ...]:
    """Tensors of the file that no weight comes from, masks and the like included."""
    used = {part.source for part in spec.parts.values()}
    return tuple(name for name in checkpoint.shapes if name not in used)


def certify(spec: ModelSpec, checkpoint: Checkpoint, model: Model) -> Work[Certificate]:
    """Check the loaded model against its file; each line says in words what was found. Never raises for a bad model."""
    problems = list(_misfits(spec.config, spec.parts, checkpoint))
    lines = [_failed(problem) for problem in problems]
    if not problems:
        lines.append(f"Every one of the {len(spec.config.required())} weights called for is there, with its shape.")
    wrong = [] if problems else (yield from part(_miscounted(spec.parts, checkpoint), 0.0, 0.5))
    problems += wrong
    lines += [_failed(line) for line in wrong]
    sources = {part.source for part in spec.parts.values()}
    if not problems:
        lines.append(f"Every element of the {len(sources)} tensors read is used exactly once; no weight is made up.")
    lines += [f"Tied on purpose: {name} is {part.source}." for name, part in spec.parts.items() if part.tied]
    unused = unused_tensors(spec, checkpoint)
    left = [] if spec.config.weights_only else [name for name in unused if name not in spec.ignored]
    lines += _listed("Not used, having no part in the computation", [name for name in unused if name in spec.ignored])
    lines += [_failed(line) for line in _listed("Left over, though they may be weights", left)]
    if spec.config.weights_only and not problems:
        others = len(unused) - len(spec.ignored)
        lines.append(f"Only attention matrices are read, so the forward pass was not tried; {others} tensors are left.")
        return Certificate(True, tuple(lines))
    agrees, line = False, "The forward pass was not tried."
    if not problems:
        agrees, line = yield from part(_agreement(model), 0.5, 1.0)
    return Certificate(agrees and not left, (*lines, line if agrees else _failed(line)))


def _failed(line: str) -> str:
    return f"Failed: {line}"


def _listed(what: str, names: list[str]) -> list[str]:
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return [f"{what} ({len(names)}): {shown}."] if names else []


# ---- names and shapes --------------------------------------------------------------------------------------------


def _misfits(config: Config, parts: Mapping[str, Part], checkpoint: Checkpoint) -> Iterator[str]:
    """What is missing, unknown or misshapen, a sentence without its full stop each."""
    required = config.required()
    allowed = required | _biases(required)
    for name in required:
        if name not in parts:
            yield f"The weight {name} is missing"
    for name, found in parts.items():
        if name not in allowed:
            yield f"The tensor {found.source!r} stands for {name}, which this architecture does not have"
        elif found.source not in checkpoint.shapes:
            yield f"The tensor {found.source!r} is missing"
        else:
            yield from _misfit(name, found, allowed[name], checkpoint)


def _misfit(name: str, part: Part, shape: tuple[int, ...], checkpoint: Checkpoint) -> Iterator[str]:
    stored = checkpoint.shapes[part.source]
    try:
        fits = part.take(torch.empty(stored, device="meta")).shape == shape
    except (RuntimeError, IndexError):
        fits = False
    if not fits:
        yield f"The tensor {part.source!r} of shape {list(stored)} does not give {name} its shape {list(shape)}"
    elif (dtype := checkpoint.dtype(part.source)) not in _DTYPES:
        kind = str(dtype).removeprefix("torch.")
        yield f"The tensor {part.source!r} holds {kind} numbers where weights in 16, 32 or 64 bit floats are expected"


def _biases(required: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The biases that may stand beside the required weights, with their shapes."""
    found: dict[str, tuple[int, ...]] = {}
    for name, shape in required.items():
        place, _, leaf = name.rpartition(".")
        if leaf == "w":
            found[place + ".b"] = shape
        elif leaf in ("W_Q", "W_K", "W_V"):
            found[f"{place}.b_{leaf[-1]}"] = (shape[0], shape[2])
        elif leaf in ("W_O", "W_in", "W_gate", "W_out", "W_U"):
            found[f"{place}.b_{leaf[2:]}"] = shape[-1:]
    return found


# ---- every element once ------------------------------------------------------------------------------------------


def _miscounted(parts: Mapping[str, Part], checkpoint: Checkpoint) -> Work[list[str]]:
    """The tensors of which some element is not used exactly once; tied parts do not count as a use."""
    users: dict[str, list[Part]] = defaultdict(list)
    for user in parts.values():
        users[user.source] += [] if user.tied else [user]
    found = []
    for done, (source, sharing) in enumerate(users.items()):
        yield done / len(users), None
        shape = checkpoint.shapes[source]
        if len(sharing) == 1 and _is_permutation(sharing[0], shape):
            continue
        uses = yield from part(_uses(sharing, shape), done / len(users), (done + 1) / len(users))
        if bool((uses != 1).any()):
            unused, double = int((uses == 0).sum()), int((uses > 1).sum())
            found.append(f"Of the elements of {source!r}, {unused} are not used and {double} are used more than once.")
    return found


def _is_permutation(part: Part, shape: tuple[int, ...]) -> bool:
    """Whether a part is one view of a whole tensor, its strides proving it; spares the marking of every element."""
    whole = torch.empty(shape, device="meta")
    view = part.take(whole)
    if view.numel() != whole.numel() or (view is not whole and view._base is not whole):
        return False
    expected = 1
    axes = zip(view.stride(), view.shape, strict=True)
    for stride, size in sorted((stride, size) for stride, size in axes if size > 1):
        if stride != expected:
            return False
        expected *= size
    return True


def _uses(sharing: list[Part], shape: tuple[int, ...]) -> Work[torch.Tensor]:
    """How often each element is used: the parts are run on a tensor that holds its own indices."""
    count = torch.Size(shape).numel()
    index = torch.arange(count, dtype=torch.int32 if count < 2**31 else torch.int64).reshape(shape)
    uses = torch.zeros(count, dtype=torch.uint8)
    one = torch.ones(1, dtype=torch.uint8)
    for number, user in enumerate(sharing):
        for piece in user.take(index).reshape(-1).split(_SLICE):
            yield number / len(sharing), None
            uses.index_put_((piece.long(),), one, accumulate=True)
    return uses


# ---- the forward pass against itself -----------------------------------------------------------------------------


@torch.no_grad()
def _agreement(model: Model) -> Work[tuple[bool, str]]:
    """float32 on the model's device against float64 on the CPU, over a short random prompt."""
    config, draw = model.config, torch.Generator().manual_seed(0)
    tokens = torch.randint(config.d_vocab, (1, min(16, config.n_ctx)), generator=draw)
    context = None
    if config.cross_layers:
        length = (1, min(12, config.n_ctx_context))
        context = torch.randint(config.d_vocab_context, length, generator=draw)
    run = yield from part(forward(model, tokens, context), 0.0, 0.4)
    single = run.logits.cpu().double()
    cpu = torch.device("cpu")  # not every device has float64
    exact = Model(config, model.weights.moved(cpu), model.vocabulary, model.context_vocabulary)
    run = yield from part(forward(exact, tokens, context, dtype=torch.float64), 0.4, 1.0)
    double = run.logits
    apart, largest = float((single - double).abs().max()), float(double.abs().max())
    said = f"largest difference of logits {apart:.1e}, largest logit {largest:.3g}"
    if apart <= _TOLERANCE * largest or apart == 0.0:
        return True, f"The forward pass agrees with itself in 64-bit floats: {said}."
    return False, f"The forward pass does not agree with itself in 64-bit floats: {said}."
