"""The report: numbers of the session, text from anywhere, a page that a browser opens without network or complaint."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.loading.formats.native import save_native
from analysis.report.findings import Findings, gather
from analysis.report.output import TEMPLATE, check_place, facts, numbers, page, report
from analysis.report.pictures import ablations, circuit, drawn, losses, patterns, stripes
from analysis.report.words import listed, summary
from analysis.session.session import Session
from analysis.values import HeadId, Selection, UserError
from analysis.values.text import json_text
from analysis.values.work import finish

from .handmade import CROSSED, induction_model, random_model

VOID = {"meta", "link", "br", "img", "input"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCRIPT = "<script>alert(1)</script>"
NASTY = "<img src=x onerror=alert(1)>&\u202e'\".safetensors"


def session_of(path: Path, samples: int = 8) -> Session:
    session = Session("cpu")
    session.samples = samples
    session.open(str(path))
    session.set_prompt(None)
    return session


def saved(model, path: Path) -> Path:  # type: ignore[no-untyped-def]
    save_native({name: model.weights[name] for name in model.weights}, model.config, path)
    return path


@functools.cache
def demo() -> tuple[Session, Findings]:
    session = Session("cpu")
    session.samples = 8
    session.open("demo:textbook")
    session.set_prompt(None)
    return session, finish(gather(session))


def html_of(session: Session, found: Findings, command: str = "command", numbers: str = "") -> str:
    return "".join(page(found, facts(session, found), command, numbers))


@functools.cache
def demo_page() -> str:
    return html_of(*demo(), "command " + NASTY, NASTY)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures take seconds; these tests are of texts."""
    monkeypatch.setattr("analysis.report.pictures.drawn", lambda figure, dark=False: "<svg></svg>")


class Checker(HTMLParser):
    """Fails on tags that do not close, and gathers what the page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    for tag, attributes in checker.seen:
        assert tag not in ("script", "iframe", "object", "embed")
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#"))
    assert "@import" not in html
    assert "url(" not in html.replace("url(#", "")
    return checker


def test_that_the_report_on_the_demo_says_what_was_found_and_how_sure() -> None:
    _, found = demo()
    said = " ".join(summary(found))
    for words in (
        "the model copies",
        "8 of 16 self-attention heads attend as induction heads: L1H6 with 0.",
        "Ablation confirms 8 of 8",
        "They stand in for one another",
        "Their keys depend most on L0H2",
    ):
        assert words in said
    best = max(found.circuits, key=lambda one: one.cut_k.value)
    assert best.cut_k.low > 10 * abs(best.cut_q.value)


def test_that_the_page_is_well_formed_and_asks_for_nothing() -> None:
    session, checker = demo()[0], checked(demo_page())
    assert "Induction heads in Textbook demo" in checker.text
    assert session.loaded.facts.sha256 in checker.text
    assert sum(tag == "svg" for tag, _ in checker.seen) == 16  # Every picture on light and on dark paper.


def test_that_cross_attention_heads_stand_in_the_report_as_their_cards_say(undrawn: None) -> None:
    session = Session("cpu")
    session.samples = 4
    session.open("demo:handwriting")
    session.set_prompt(None)
    found = finish(gather(session))
    cross = [head for head in session.model.heads if head.kind == "cross"]
    assert found.readers is not None
    assert list(found.readers.heads) == cross
    told = {one["head"]: one for one in numbers(found)["heads"]}
    for head, one in found.readers.heads.items():
        card = session.figure("head_card", Selection(head))
        assert card.title == f"{head}: {one.verdict}"
        walk = next(row for row in card.rows if row.cells[0] == "Walk in the word")  # type: ignore[union-attr]
        assert walk.cells[1] == f"{one.walk.value:.2f}"
        alone = next(row for row in card.rows if row.cells[0] == "Own text")  # type: ignore[union-attr]
        assert float(alone.cells[1]) == pytest.approx(one.removal.second.value, abs=0.006)
        assert told[str(head)]["word"] == one.verdict.word
    text = checked(html_of(session, found)).text
    assert "Beside another line's text" in text
    assert "No cross-attention head reads the letters" in " ".join(summary(found))


def test_that_a_model_without_letters_has_nothing_said_of_reading() -> None:
    assert demo()[1].readers is None
    assert "another line's text" not in checked(demo_page()).text


def test_that_numbers_are_those_of_the_session(tmp_path: Path) -> None:
    session, found = demo()
    where = finish(report(session, tmp_path / "demo.html"))
    assert sorted(os.listdir(tmp_path)) == ["demo.html", "demo.report.json", "demo.report.npz"]
    told = json.loads((tmp_path / "demo.report.json").read_text("utf-8"))
    table = session.found("scores")
    assert table is not None
    for head, one in zip(session.model.heads, told["heads"], strict=True):
        assert one["head"] == str(head)
        for key, value in one["scores"].items():
            assert value == pytest.approx(table.value(key, head), nan_ok=True) or np.isnan(table.value(key, head))
        assert one["shares"]["induction"]["value"] == pytest.approx(table.value("stripe", head), abs=1e-6)
        assert one["word"] == found.verdicts[head].word
    assert told["sha256"] == session.loaded.facts.sha256
    assert (told["seed"], told["samples"]) == (0, 8)
    composition = session.found("composition")
    assert composition is not None
    with np.load(tmp_path / "demo.report.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["z_k"], composition.z["k"])
        change = (arrays["ablated_loss"] - arrays["loss"])[:, :, 51:100].mean(-1)  # BOS, then 50 tokens × 2
        assert [one["ablation"]["second"]["value"] for one in told["heads"]] == pytest.approx(
            change.mean(1)[: len(told["heads"])], abs=1e-5
        )
        assert arrays["shares"].shape == (8, 16, len(arrays["columns"]))
    text = checked(where.read_text("utf-8")).text
    assert f"{told['heads'][2]['ablation']['second']['value']:+.2f}" in text


def test_that_the_handmade_circuit_is_found_whole(tmp_path: Path) -> None:
    session = session_of(saved(induction_model(), tmp_path / "handmade.safetensors"))
    found = finish(gather(session))
    (circuit,) = found.circuits
    assert (circuit.earlier, circuit.later) == (HeadId(0, 0), (HeadId(1, 0),))
    lost = found.evidence.first_loss.mean() - found.evidence.second_loss.mean()
    assert circuit.cut_k.value == pytest.approx(lost, rel=0.1)
    assert circuit.cut_q.value == pytest.approx(0, abs=1e-4)
    said = " ".join(summary(found))
    assert "One of 4 self-attention heads attends as an induction head: L1H0 with" in said
    assert "Ablation confirms it" in said
    assert "leaving its output out of the keys of L1H0" in said


def test_that_with_few_samples_no_head_is_called_anything(tmp_path: Path, undrawn: None) -> None:
    session = session_of(saved(induction_model(), tmp_path / "handmade.safetensors"), samples=7)
    found = finish(gather(session))
    assert summary(found) == (
        "Fewer than 8 samples of random tokens cannot say who copies, and here are 7: ask for more.",
    )
    assert {verdict.word for verdict in found.verdicts.values()} == {"none"}
    assert all("Fewer than 8 samples" in verdict.doubts[-1] for verdict in found.verdicts.values())
    assert np.isnan(list(found.q.values())).all()
    html_of(session, found)


def test_that_a_model_without_induction_is_said_to_have_none(tmp_path: Path) -> None:
    session = session_of(saved(random_model(CROSSED), tmp_path / "random.safetensors"))
    found = finish(gather(session))
    said = " ".join(summary(found))
    assert "the model does not copy" in said
    assert "No head attends as an induction head" in said
    checker = checked(html_of(session, found))
    assert "L2X1" in checker.text
    assert json.loads(json_text(numbers(found)))["circuits"] == []


def test_that_names_from_anywhere_are_text(tmp_path: Path, undrawn: None) -> None:
    session = session_of(saved(induction_model(), tmp_path / NASTY))
    found = finish(gather(session))
    html = html_of(session, found, "command " + NASTY, NASTY)
    checker = checked(html)
    assert not any(tag == "img" for tag, _ in checker.seen)
    assert "\u202e" not in html
    assert "<img src=x onerror=alert(1)>&⟨U+202E⟩'\"" in checker.text


def test_that_a_script_in_any_name_stays_text(undrawn: None) -> None:
    session, found = demo()
    head = found.called("induction")[0]
    known = replace(found.facts, name=SCRIPT, family=SCRIPT, path=SCRIPT)
    doubted = found.verdicts | {head: replace(found.verdicts[head], doubts=(SCRIPT,))}
    scores = replace(found.scores, values={SCRIPT: found.scores.values["stripe"]})
    nasty = replace(found, facts=known, verdicts=doubted, scores=scores)
    html = "".join(page(nasty, facts(session, nasty) | {SCRIPT: SCRIPT}, SCRIPT, SCRIPT))
    assert "<script" not in html
    assert checked(html).text.count(SCRIPT) == 10


def test_that_json_has_null_for_what_is_no_number() -> None:
    told = {"a": np.array([1.0, np.nan], np.float32), "b": (np.float32(0.5), float("inf")), "c": True, "d": 7}
    assert json.loads(json_text(told)) == {"a": [1.0, None], "b": [0.5, None], "c": True, "d": 7}
    assert json_text("é") == '"é"\n'


def test_that_the_command_writes_a_report_alone(tmp_path: Path, undrawn: None) -> None:
    path = saved(induction_model(), tmp_path / "m.safetensors")
    (tmp_path / "out").mkdir()
    assert main([str(path), "--report", str(tmp_path / "out" / "r"), "--samples", "2", "--seed", "3"]) == 0
    assert sorted(os.listdir(tmp_path / "out")) == ["r.html", "r.report.json", "r.report.npz"]
    assert "--seed 3 --samples 2" in (tmp_path / "out" / "r.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--report", "r.pdf"], "A report is a web page"),
        (["--report", "nowhere/r.html"], "There is no folder nowhere"),
        ([], "give --out DIR, --report FILE.html or --figure"),
        (["--report", "r.html", "--tokens", "t.npy"], "give --out DIR as well"),
    ],
)
def test_that_what_cannot_be_written_is_said_before_any_work(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["missing.pt", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_that_a_report_may_go_into_the_folder_that_the_same_command_makes(tmp_path: Path, undrawn: None) -> None:
    path = saved(induction_model(), tmp_path / "small.safetensors")
    folder = tmp_path / "out"
    assert main([str(path), "--out", str(folder), "--report", str(folder / "r.html"), "--samples", "2"]) == 0
    assert {"r.html", "r.report.json", "scores.csv"} <= set(os.listdir(folder))


def test_that_a_report_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    session = Session("cpu")
    session.samples = 2
    session.open("demo:textbook")
    work = report(session, tmp_path / "r.html")
    before = [next(work)[0] for _ in range(30)]
    assert before == sorted(before)
    work.close()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_that_a_browser_opens_it_without_network_or_complaint(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text(demo_page(), "utf-8")
    bad = "<img src='http://192.0.2.1/x.png'><script>console.error('no')</script>"
    (tmp_path / "bad.html").write_text(bad, "utf-8")
    _, complaints, fetched = browsed(tmp_path / "bad.html")
    assert complaints
    assert fetched == {"http://192.0.2.1/x.png"}  # An address that is no one's (RFC 5737): this test can fail.
    dom, complaints, fetched = browsed(tmp_path / "r.html")
    assert "Every head at a glance" in dom
    assert complaints == []
    assert fetched == set()


def browsed(path: Path) -> tuple[str, list[str], set[str]]:
    """(the page as the browser has it, its console's lines, what it asked of the network)"""
    log, profile = path.with_suffix(".net"), path.with_suffix(".profile")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", f"--user-data-dir={profile}"]
    ran = subprocess.run(
        [str(CHROMIUM), *flags, f"--log-net-log={log}", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    complaints = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
    # What the browser asks for itself has no origin.
    events = [event.get("params", {}) for event in json.loads(log.read_text("utf-8"))["events"]]
    asked = {one["url"] for one in events if one.get("initiator", "not an origin") != "not an origin" and "url" in one}
    return ran.stdout, complaints, {url for url in asked if url.startswith("http")}


def test_that_every_picture_is_well_formed_and_named_in_light_and_dark() -> None:
    _, found = demo()
    figures = [stripes(found), ablations(found), losses(found), circuit(found), *patterns(found)]
    for figure in figures[:4]:
        for dark in (False, True):
            tree = ElementTree.fromstring(drawn(figure, dark))
            assert tree.tag == "{http://www.w3.org/2000/svg}svg"
            assert any(text.tag.endswith("text") for text in tree.iter())
    texts = [text.text for text in ElementTree.fromstring(drawn(figures[0])).iter() if text.tag.endswith("text")]
    assert {f"{found.cases[head].shares.induction.value:.2f}" for head in found.cases} <= set(texts)
    checker = checked(demo_page())
    named = [attributes["aria-label"] for _, attributes in checker.seen if attributes.get("role") == "img"]
    assert named == [figure.title for figure in figures]
    ids = [attributes["id"] for _, attributes in checker.seen if attributes.get("id")]
    assert len(ids) == len(set(ids))


def test_that_pictures_hold_the_numbers_of_the_findings() -> None:
    _, found = demo()
    shares, change, lines = stripes(found), ablations(found), losses(found)
    assert shares.faint is not None
    assert change.faint is not None
    for head in found.heads:
        at = head.layer, head.index
        assert shares.values[at] == np.float32(found.cases[head].shares.induction.value)
        assert shares.faint[at] != found.cases[head].shares.induction.real
        second = found.removals[head].second
        assert change.values[at] == np.float32(second.value)
        assert change.faint[at] != (found.q[head] <= 0.05)
        assert not (second.real and change.faint[at])
    assert change.scale.high == max(abs(found.removals[head].second.value) for head in found.heads)
    assert [line.label for line in lines.series] == ["unchanged", "without all 8 induction heads", "without L0H2"]
    np.testing.assert_array_equal(lines.series[1].y, found.ablations.losses[-1].mean(0))
    assert lines.marks == ((51.0, "second copy"),)
    graph = circuit(found)
    assert len(graph.edges) == sum(len(one.later) for one in found.circuits)
    for (earlier, later), z in zip(graph.edges.tolist(), graph.strengths.tolist(), strict=True):
        (one,) = (one for one in found.circuits if one.earlier == graph.nodes[earlier])
        assert z == np.float32(one.z[one.later.index(graph.nodes[later])])
    assert [value == 1 for value in graph.node_values] == [bool(found.verdicts[h].confirmed) for h in graph.nodes]
    assert [np.array_equal(drawn.values, found.patterns[head]) for head, drawn in zip(
        found.patterns, patterns(found), strict=True)] == [True] * len(found.patterns)


def test_that_cross_attention_heads_without_a_stripe_stay_empty(tmp_path: Path) -> None:
    session = session_of(saved(random_model(CROSSED), tmp_path / "random.safetensors"))
    found = finish(gather(session))
    wide = found.facts.n_heads
    assert np.isnan(stripes(found).values[:, wide:]).all()
    assert np.isfinite(ablations(found).values[2, wide:]).all()


def test_that_the_page_ships_with_the_program() -> None:
    root = TEMPLATE.parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    (pattern,) = project["tool"]["setuptools"]["package-data"]["analysis"]
    assert TEMPLATE in (root / "analysis").glob(pattern)
    assert TEMPLATE.name in (root / "resources" / "launch" / "bundle" / "headscope.spec").read_text("utf-8")


def test_that_long_lists_are_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcde")) == "a, b, c, d and e"
    assert listed(list("abcdefg")) == "a, b, c, d and 3 more"


def test_that_a_report_has_an_ending_of_its_own(tmp_path: Path) -> None:
    assert check_place(tmp_path / "r").name == "r.html"
    with pytest.raises(UserError, match="web page"):
        check_place(tmp_path / "r.json")
