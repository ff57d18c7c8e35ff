"""The same analysis without a window: python -m analysis CHECKPOINT [--out DIR] [--report FILE.html] [options].

Or the answer alone, which heads do induction: python -m analysis CHECKPOINT --verdict [--out DIR].
Or the picture of one view: python -m analysis CHECKPOINT --figure VIEW [--head L1H0] --save FILE.pdf.
"""

import argparse
import sys
from dataclasses import fields, replace

from analysis.batch import Request, run
from analysis.batch_figure import FigureRequest
from analysis.values import UserError
from analysis.values.selection import add_options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UserError(f"{message}; see python -m analysis --help.")


def parser() -> argparse.ArgumentParser:
    made = _Parser(prog="python -m analysis", description="Score every head of a checkpoint and write the results.")
    made.add_argument("checkpoint", help="a .pt, .pth, .ckpt, .bin or .safetensors file")
    made.add_argument("--out", metavar="DIR", help="folder for the results; made when it is missing")
    made.add_argument("--report", metavar="FILE.html", help="one page that says what was found and how sure")
    made.add_argument("--verdict", action="store_true",
                      help="say which heads do induction, and write verdict.json to --out; the scores and the "
                      "composition are written too only beside --tokens or --report")
    made.add_argument("--n-head", type=int, metavar="N", help="head count, where the file does not tell it")
    made.add_argument("--data", metavar="FILE", help="handwriting data set, for a model that reads it")
    made.add_argument("--tokens", metavar="FILE.npy", help="token ids, int64 [T] or [B, T]: write their logits")
    made.add_argument("--context", metavar="FILE.npy", help="context ids for cross-attention")
    made.add_argument("--save-attention", action="store_true", help="write all attention patterns of --tokens as well")
    made.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    made.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the random prompts")
    made.add_argument("--samples", type=int, default=32, metavar="N", help="random prompts to average over")
    add_options(made)
    made.add_argument("--figure", metavar="VIEW", help="draw this view and write it to --save")
    made.add_argument("--head", metavar="L1H0", help="the head of --figure; the first one if left out")
    made.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="an option of the view")
    made.add_argument("--save", metavar="FILE", help="where --figure goes: a .pdf, .svg or .png file")
    made.add_argument("--width", type=float, metavar="MM", help="width of --figure in millimetres; 85 if left out")
    return made


def main(arguments: list[str] | None = None) -> int:
    """0, or 2 with one line on standard error that says what is wrong and what to do."""
    try:
        given = parser().parse_args(arguments)
        about = vars(given)
        picture = FigureRequest(**{field.name: about.pop(field.name) for field in fields(FigureRequest)})
        run(Request(**about, picture=replace(picture, option=tuple(picture.option))))
    except UserError as error:
        print(str(error).replace("\n", " "), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing was left half written.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
