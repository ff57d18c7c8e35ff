"""What the trainings of both demos share: weights that learn, and the optimizer."""

import torch

from analysis.model.model import Config, Weights

RATE = 2e-3


class Trained(Weights):
    """Weights that are parameters, under the names that the analysis reads."""

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__({}, None, torch.device("cpu"))  # type: ignore[arg-type]
        self._own: dict[str, torch.Tensor] = {}
        for name, shape in config.required().items():
            scale = config.d_model**-0.5 if ".W_O" not in name else (config.n_heads * config.d_head * 4) ** -0.5
            start = torch.ones(shape) if name.endswith(".w") else torch.randn(shape, generator=generator) * scale
            self._own[name] = start.requires_grad_()

    def __contains__(self, name: str) -> bool:
        return name in self._own

    def __getitem__(self, name: str) -> torch.Tensor:
        return self._own[name]

    def get(self, name: str) -> torch.Tensor | None:
        return self._own.get(name)

    def parameters(self) -> dict[str, torch.Tensor]:
        return self._own


def optimizing(weights: Trained, n_steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """AdamW, and one cycle of its rate; matrices decay, vectors do not."""
    matrices = [p for p in weights.parameters().values() if p.ndim > 1]
    vectors = [p for p in weights.parameters().values() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, n_steps, pct_start=0.1)
