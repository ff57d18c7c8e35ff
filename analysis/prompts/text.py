"""Typed text, where the model has a tokenizer."""

import torch

from analysis.model.model import Model
from analysis.model.transformer import check_tokens
from analysis.prompts import PromptSource
from analysis.prompts.prompt import Prompt
from analysis.prompts.token_file import read_context
from analysis.values import Option, PromptInfo, PromptSpec, UserError
from analysis.values.text import visible

START = "The quick brown fox jumps over the lazy dog. The quick brown fox"


def make(model: Model, spec: PromptSpec) -> Prompt:
    """The tokens of `text`, after a BOS where the model has one."""
    if model.tokenizer is None:
        raise UserError(
            "This model has no tokenizer: put its tokenizer.json, or nanoGPT's meta.pkl, beside the checkpoint "
            "and open it again."
        )
    text = spec.option("text", START)
    ids = model.tokenizer.encode(text)
    bos = model.vocabulary.bos
    if bos is not None and ids[:1] != [bos]:
        ids = [bos, *ids]
    if not ids:
        raise UserError("There is no text; type some into the prompt bar.")
    tokens = torch.tensor([ids])
    context = read_context(model, "", 1)
    check_tokens(model, tokens, context)
    return Prompt(tokens, context, f"“{visible(text, 60)}”")


PROMPT = PromptSource(
    PromptInfo(
        "text",
        "Text",
        "Typed text, cut into the model's tokens.",
        (Option("text", "text", START, "text", tip="Any words; they are read as you type."),),
        order=20,
        tokenizer=True,
    ),
    make,
)
