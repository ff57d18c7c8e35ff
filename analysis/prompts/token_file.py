"""Token ids from a .npy file."""

from pathlib import Path

import numpy as np
import torch

from analysis.model.model import Model
from analysis.model.transformer import check_tokens
from analysis.prompts import PromptSource
from analysis.prompts.prompt import Prompt
from analysis.values import Option, PromptInfo, PromptSpec, UserError


def make(model: Model, spec: PromptSpec) -> Prompt:
    """Tokens [T] or [samples, T] from the file `tokens`; context likewise, or padding alone when there is none."""
    path = spec.option("tokens", "")
    if not path:
        raise UserError("Choose a .npy file with token ids: whole numbers, [T] or [samples, T].")
    tokens = read_tokens(path)
    given = spec.option("context", "")
    context, words = read_context(model, given, len(tokens)), ""
    if context is not None:
        words = f", context {Path(given).name}" if given else ", empty context (padding)"
    try:
        check_tokens(model, tokens, context)
    except UserError as error:
        raise UserError(f"{Path(path).name} does not fit: {error}") from None
    return Prompt(tokens, context, Path(path).name + words, cycle=len(model.vocabulary.cycle))


def read_context(model: Model, path: str, samples: int) -> torch.Tensor | None:
    """Context ids int64 [samples, C] from a file, one line serving all; padding alone without a file.

    None for a model without cross-attention.
    """
    if not model.config.cross_layers:
        return None
    context = read_tokens(path) if path else torch.zeros(1, model.config.n_ctx_context, dtype=torch.int64)
    return context.expand(samples, -1) if len(context) == 1 else context


def read_tokens(path: str) -> torch.Tensor:
    """A .npy file as int64 [samples, T]; raises UserError when it is not that. Pickled arrays are refused, unread."""
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror or 'damaged'}); check the file.") from None
    except (ValueError, EOFError):
        raise UserError(
            f"{Path(path).name} cannot be read as a .npy file; save the token ids with numpy.save."
        ) from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu" or array.ndim not in (1, 2) or not array.size:
        shape = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else "several arrays"
        raise UserError(f"{Path(path).name} holds {shape}; token ids are whole numbers, [T] or [samples, T].")
    return torch.from_numpy(np.atleast_2d(array).astype(np.int64))


PROMPT = PromptSource(
    PromptInfo(
        "token_file",
        "Token file",
        "Token ids from a .npy file, as whole numbers [T] or [samples, T].",
        (
            Option("tokens", "tokens", "", "file", tip="A .npy file of token ids."),
            Option("context", "context", "", "file", tip="A .npy file of context ids, for cross-attention."),
        ),
        order=90,
    ),
    make,
)
