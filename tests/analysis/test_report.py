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
from analysis.report.pictures import circuit, drawn, effects, gain, group_curve, patterns, shares
from analysis.report.words import listed, open_questions, summary
from analysis.session.session import Session
from analysis.values import Asked, HeadId, Selection, UserError
from analysis.values.text import json_text
from analysis.values.work import finish
from analysis.verdict.induction.circuits import size
from analysis.verdict.wording.contract import verdict
from analysis.verdict.wording.sentences import sentences

from .handmade import CROSSED, induction_model, random_model

VOID = {"meta", "link", "br", "img", "input"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCRIPT = "<script>alert(1)</script>"
NASTY = "<img src=x onerror=alert(1)>&\u202e'\".safetensors"


def session_of(path: Path, samples: int = 8) -> Session:
    session = Session("cpu")
    session.samples, session.asked = samples, Asked(samples=samples)
    session.open(str(path))
    session.set_prompt(None)
    return session


def saved(model, path: Path) -> Path:  # type: ignore[no-untyped-def]
    save_native({name: model.weights[name] for name in model.weights}, model.config, path)
    return path


@functools.cache
def demo() -> tuple[Session, Findings]:
    session = Session("cpu")
    session.samples, session.asked = 8, Asked(samples=8)
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
    assert summary(found) == sentences(found.answer)
    said = " ".join(summary(found))
    for words in (
        "Copies by content: +",
        "Eight heads do it: L1H0–L1H7, together +",
        "of what copying saves. By removal: each confirmed alone.",
        "The keys of L1H0–L1H7 read L0H2",
    ):
        assert words in said
    text = checked(demo_page()).text
    assert said in text
    assert "What stays open, head by head:" in text
    for question, heads in open_questions(found.notes).items():
        assert f"{listed(heads)}: {question}" in text


def test_that_the_page_is_well_formed_and_asks_for_nothing() -> None:
    session, checker = demo()[0], checked(demo_page())
    assert "Induction heads in Textbook demo" in checker.text
    assert session.loaded.facts.sha256 in checker.text
    assert sum(tag == "svg" for tag, _ in checker.seen) == 20  # Every picture on light and on dark paper.


def test_that_cross_attention_heads_stand_in_the_report_as_their_cards_say(undrawn: None) -> None:
    session = Session("cpu")
    session.samples, session.asked = 4, Asked(samples=4)
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
        assert float(walk.cells[1]) == pytest.approx(one.walk.value, abs=0.006)
        alone = next(row for row in card.rows if row.cells[0] == "Own text")  # type: ignore[union-attr]
        assert float(alone.cells[1]) == pytest.approx(one.removal.own.value, abs=0.006)
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
        assert one["called"] == found.called(head)
    assert told["verdict"] == json.loads(json_text(verdict(found.answer)))
    assert told["summary"] == told["verdict"]["sentences"]
    assert told["sha256"] == session.loaded.facts.sha256
    assert (told["seed"], told["samples"]) == (0, 8)
    composition = session.found("composition")
    assert composition is not None
    with np.load(tmp_path / "demo.report.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["z_k"], composition.z["k"])
        facts_of = list(found.answer.heads.values())
        assert arrays["heads"].tolist() == [str(one.head) for one in facts_of]
        assert arrays["share"].tolist() == pytest.approx([one.share.value for one in facts_of])
        assert arrays["share_low"].tolist() == pytest.approx([one.share.low for one in facts_of])
        asked = [one.effect is not None for one in facts_of]
        assert np.isfinite(arrays["effect"]).tolist() == asked
        assert arrays["lengths"].tolist() == [length for length, _ in found.answer.copies.by_length]
        assert arrays["gain"].tolist() == pytest.approx([one.value for _, one in found.answer.copies.by_length])
        assert arrays["group_0_curve"].tolist() == pytest.approx(found.answer.groups[0].curve)
        assert arrays["variants"].shape == (3, 16)
    text = checked(where.read_text("utf-8")).text
    assert facts_of[2].effect is not None
    assert facts_of[2].effect.told.signed in text


def test_that_the_handmade_circuit_is_found_whole(tmp_path: Path) -> None:
    session = session_of(saved(induction_model(), tmp_path / "handmade.safetensors"))
    found = finish(gather(session))
    best = found.answer.circuits[0]
    assert (best.earlier, best.later, best.into) == (HeadId(0, 0), HeadId(1, 0), "k")
    assert best.effect.value == pytest.approx(found.answer.copies.saved, rel=0.2)
    said = " ".join(summary(found))
    assert "One head does it: L1H0 (share" in said
    assert "The keys of L1H0 read L0H0" in said
    assert list(found.patterns) == [HeadId(1, 0), HeadId(0, 0)]


def test_that_with_few_samples_no_head_is_called_anything(tmp_path: Path, undrawn: None) -> None:
    session = session_of(saved(induction_model(), tmp_path / "handmade.safetensors"), samples=7)
    found = finish(gather(session))
    assert summary(found)[0].endswith("but fewer than 8 samples claim nothing; ask for 8 or more.")
    assert {one.text for one in found.answer.heads.values()} == {"none"}
    assert all("Too few samples for an interval" in notes[0] for notes in found.notes.values())
    html_of(session, found)


def test_that_a_model_without_induction_is_said_to_have_none(tmp_path: Path) -> None:
    session = session_of(saved(random_model(CROSSED), tmp_path / "random.safetensors"))
    found = finish(gather(session))
    said = " ".join(summary(found))
    assert said.startswith(("Does not copy by content", "No copying by content was found"))
    checker = checked(html_of(session, found))
    assert "L2X1" in checker.text
    assert "No edge into a head that copies was found" in checker.text
    assert json.loads(json_text(numbers(found)))["verdict"]["circuits"] == []


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
    head = found.answer.called("induction")[0].head
    known = replace(found.facts, name=SCRIPT, family=SCRIPT, path=SCRIPT)
    doubted = dict(found.answer.heads) | {head: replace(found.answer.heads[head], notes=(SCRIPT,))}
    scores = replace(found.scores, values={SCRIPT: found.scores.values["stripe"]})
    nasty = replace(found, facts=known, answer=replace(found.answer, heads=doubted), scores=scores)
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
        ([], "give --out DIR, --verdict, --report FILE.html or --figure"),
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
    session.samples, session.asked = 2, Asked(samples=2)
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
    (group,) = found.answer.groups
    figures = [group_curve(found, group), shares(found), effects(found), gain(found), circuit(found), *patterns(found)]
    for figure in figures[:5]:
        for dark in (False, True):
            tree = ElementTree.fromstring(drawn(figure, dark))
            assert tree.tag == "{http://www.w3.org/2000/svg}svg"
            assert any(text.tag.endswith("text") for text in tree.iter())
    texts = [text.text for text in ElementTree.fromstring(drawn(figures[1])).iter() if text.tag.endswith("text")]
    told = [f"{one.share.value:.2f}" for one in found.answer.heads.values() if one.share.value > 0.01]
    assert set(told) <= set(texts)
    checker = checked(demo_page())
    named = [attributes["aria-label"] for _, attributes in checker.seen if attributes.get("role") == "img"]
    assert named == [figure.title for figure in figures]
    ids = [attributes["id"] for _, attributes in checker.seen if attributes.get("id")]
    assert len(ids) == len(set(ids))


def test_that_pictures_hold_the_numbers_of_the_findings() -> None:
    _, found = demo()
    share, change, line, (group,) = shares(found), effects(found), gain(found), found.answer.groups
    assert share.faint is not None
    assert change.faint is not None
    for head, one in found.answer.heads.items():
        at = head.layer, head.index
        assert share.values[at] == np.float32(one.share.value)
        assert share.faint[at] != one.share.real
        if one.effect is None:
            assert np.isnan(change.values[at])
        else:
            assert change.values[at] == np.float32(one.effect.told.value)
            assert change.faint[at] != (one.effect.told.real or one.effect.told.real_below)
    assert change.scale.high == pytest.approx(np.nanmax(np.abs(change.values)))
    assert line.series[0].y.tolist() == pytest.approx([one.value for _, one in found.answer.copies.by_length])
    assert group_curve(found, group).series[0].y.tolist() == pytest.approx([0, *group.curve])
    graph = circuit(found)
    pairs = {(one.earlier, one.later) for one in found.answer.circuits}
    assert {tuple(graph.nodes[node] for node in edge) for edge in graph.edges.tolist()} == pairs
    for (earlier, later), cost in zip(graph.edges.tolist(), graph.strengths.tolist(), strict=True):
        cuts = [size(one) for one in found.answer.circuits
                if (one.earlier, one.later) == (graph.nodes[earlier], graph.nodes[later])]  # fmt: skip
        assert cost == np.float32(max(cuts))
    sure = [found.answer.heads[head].confirmed in ("alone", "in a group") for head in graph.nodes]
    assert [value == 1 for value in graph.node_values] == sure
    assert [np.array_equal(drawn.values, found.patterns[head]) for head, drawn in zip(
        found.patterns, patterns(found), strict=True)] == [True] * len(found.patterns)


def test_that_cross_attention_heads_have_no_share_by_content(tmp_path: Path) -> None:
    session = session_of(saved(random_model(CROSSED), tmp_path / "random.safetensors"))
    found = finish(gather(session))
    wide = found.facts.n_heads
    assert np.isnan(shares(found).values[:, wide:]).all()
    assert np.isfinite(shares(found).values[:, :wide]).all()
    assert np.isnan(effects(found).values[:, wide:]).all()


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
