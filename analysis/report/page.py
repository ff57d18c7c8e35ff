"""The report as one HTML page: style and pictures inside, no script, nothing fetched."""

from collections.abc import Iterator
from pathlib import Path

from analysis.report import pictures, tables
from analysis.report.findings import Findings
from analysis.report.words import listed, summary
from analysis.values.text import visible
from analysis.verdict.cross_attention import RULE as READER_RULE
from analysis.verdict.variants import VARIANTS
from analysis.verdict.verdict import RULE

TEMPLATE = Path(__file__).with_name("page.html.jinja")


def page(found: Findings, facts: dict[str, str], command: str, numbers: str = "") -> Iterator[str]:
    """The file, in parts, since its pictures take seconds. `facts` and `command` say how to repeat the report.

    `numbers` names the files beside it. Text from files is escaped, and its invisible characters are written out.
    """
    import jinja2  # A report is written seldom; the program starts sooner without it.

    def shown(value: object) -> object:
        return value if hasattr(value, "__html__") else visible(str(value))

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).generate(
        found=found, facts=facts, command=command, numbers=numbers, tables=tables, pictures=pictures,
        summary=summary, doubts=tables.doubts, listed=listed, variants=VARIANTS,
        rules=(*RULE, *(READER_RULE if found.readers else ())), drawn=pictures.drawn,
    )
