"""How some number of a pass's end would change with every head's output, layer by layer from the end back.

Each layer is run again from the stream that the clean pass kept, so that no more than one layer's graph is held at a
time, and the work stops between layers.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.causal.clean import Clean, Sublayer
from analysis.model.transformer import Decoder
from analysis.values.work import Work

Gradients = dict[Sublayer, Float[Tensor, "samples heads tokens d_head"]]


def output_gradients(clean: Clean, metric: Callable[[Tensor], Tensor]) -> Work[Gradients]:
    """The gradient of `metric` at the outputs z of every sublayer.

    `metric` takes what is unembedded, [samples, tokens, D] after the final norm, and returns one number; samples do not
    mix in it, so that each row of the result is its own sample's gradient.
    """
    n_layers, found = clean.model.config.n_layers, Gradients()
    back = _at_the_end(clean, metric)
    for layer in reversed(range(n_layers)):
        yield (n_layers - layer) / n_layers, None
        back = _through(clean, layer, back, found)
    return found


def _at_the_end(clean: Clean, metric: Callable[[Tensor], Tensor]) -> Tensor:
    with torch.enable_grad():
        last = clean.streams[-1].detach().requires_grad_()
        metric(Decoder(clean.model).finish(last)).backward()
    assert last.grad is not None
    return last.grad


def _through(clean: Clean, layer: int, back: Tensor, found: Gradients) -> Tensor:
    """The gradient at the stream that a layer reads, of that at the one which it leaves."""
    outputs: dict[Sublayer, Tensor] = {}

    def keep(site: str, at: int, tensor: Tensor) -> Tensor:
        if site in ("z", "cross_z"):
            tensor.retain_grad()
            outputs[at, "cross" if site == "cross_z" else "self"] = tensor
        return tensor

    with torch.enable_grad():
        stream = clean.streams[layer].detach().requires_grad_()
        decoder = Decoder(clean.model, edit=keep)
        work = decoder.block(layer, stream, decoder.embed_context(clean.prompt.context))
        while True:
            try:
                next(work)
            except StopIteration as end:
                end.value.backward(back)
                break
    for sublayer, z in outputs.items():
        assert z.grad is not None
        found[sublayer] = z.grad
    assert stream.grad is not None
    return stream.grad
