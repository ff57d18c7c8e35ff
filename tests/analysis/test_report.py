"""The report: numbers of the session, text from anywhere, a page that a browser opens without network or complaint."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.loading.formats.native import save_native
from analysis.report.findings import Findings, gather
from analysis.report.output import check_place, facts, numbers, report
from analysis.report.page import page
from analysis.report.svg import Node, curves, graph, mosaic, picture, png, ticks
from analysis.report.words import listed, summary
from analysis.session.session import Session
from analysis.values import HeadId, Selection, UserError
from analysis.values.work import finish

from .handmade import CROSSED, induction_model, random_model

VOID = {"meta", "link", "br", "img", "input"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NASTY = "<img src=x onerror=alert(1)>&\u202e'\".safetensors"


def session_of(path: Path, samples: int = 4) -> Session:
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
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert "@import" not in html
    assert "url(" not in html.replace("url(#hatch)", "")
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
    session, found = demo()
    checker = checked(page(found, facts(session, found), "command"))
    assert "Induction heads in Textbook demo" in checker.text
    assert session.loaded.facts.sha256 in checker.text
    assert sum(tag == "svg" for tag, _ in checker.seen) >= 8
    assert all(attributes["role"] == "img" for tag, attributes in checker.seen if tag == "svg")


def test_that_cross_attention_heads_stand_in_the_report_as_their_cards_say() -> None:
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
    text = checked(page(found, facts(session, found), "command")).text
    assert "Beside another line's text" in text
    assert "No cross-attention head reads the letters" in " ".join(summary(found))


def test_that_a_model_without_letters_has_nothing_said_of_reading() -> None:
    session, found = demo()
    assert found.readers is None
    assert "another line's text" not in checked(page(found, facts(session, found), "command")).text


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


def test_that_a_model_without_induction_is_said_to_have_none(tmp_path: Path) -> None:
    session = session_of(saved(random_model(CROSSED), tmp_path / "random.safetensors"))
    found = finish(gather(session))
    said = " ".join(summary(found))
    assert "the model does not copy" in said
    assert "No head attends as an induction head" in said
    checker = checked(page(found, facts(session, found), "command"))
    assert "L2X1" in checker.text
    assert json.loads(json.dumps(numbers(found), allow_nan=False))["circuits"] == []


def test_that_names_from_anywhere_are_text(tmp_path: Path) -> None:
    session = session_of(saved(induction_model(), tmp_path / NASTY))
    found = finish(gather(session))
    html = page(found, facts(session, found), "command " + NASTY, NASTY)
    checker = checked(html)
    assert not any(tag == "img" for tag, _ in checker.seen)
    assert "\u202e" not in html
    assert "<img src=x onerror=alert(1)>&⟨U+202E⟩'\"" in checker.text


def test_that_the_command_writes_a_report_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
        ([], "give --out DIR, --report FILE.html or both"),
        (["--report", "r.html", "--tokens", "t.npy"], "give --out DIR as well"),
    ],
)
def test_that_what_cannot_be_written_is_said_before_any_work(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["missing.pt", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_that_a_report_may_go_into_the_folder_that_the_same_command_makes(tmp_path: Path) -> None:
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
    session, found = demo()
    html = page(found, facts(session, found), "command " + NASTY, NASTY)
    (tmp_path / "r.html").write_text(html, "utf-8")
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


def test_that_every_picture_is_well_formed_and_named() -> None:
    values = np.array([[0.1, np.nan], [-0.5, 2.0]], np.float32)
    lines = [("a <b>", np.array([1.0, np.nan, 0.5], np.float32))]
    drawn = (
        mosaic("M & m", ["L0", "L1"], ["H0", "H1"], values, 1.0, values < 0),
        picture("P", "d", values, "key", "query"),
        curves("C", np.arange(3, dtype=np.float32), lines, "x", "y", [(1.0, "here")]),
        graph("G", [Node("L0H0", 0, "none", False), Node("L1H0", 1, "induction", True)], [(0, 1, 0.5, "z 3")]),
    )
    for text in drawn:
        tree = ElementTree.fromstring(text)
        assert tree.get("role") == "img"
        assert tree[0].tag == "title"
        assert tree[0].text == tree.get("aria-label")
    cells = [one for one in ElementTree.fromstring(drawn[0]).iter("rect") if one.get("fill-opacity")]
    assert [(one.get("fill"), one.get("fill-opacity")) for one in cells] == [
        ("var(--warm)", "0.100"),
        ("var(--cold)", "0.500"),
        ("var(--warm)", "1.000"),
    ]
    assert drawn[0].count("url(#hatch)") == 1


def test_that_a_png_holds_its_pixels(tmp_path: Path) -> None:
    import io
    import zlib

    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    data = io.BytesIO(png(pixels))
    assert data.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    while length := data.read(4):
        kind = data.read(4)
        body = data.read(int.from_bytes(length, "big"))
        assert int.from_bytes(data.read(4), "big") == zlib.crc32(kind + body)
        chunks[kind] = body
    assert chunks[b"IHDR"] == (7).to_bytes(4, "big") + (5).to_bytes(4, "big") + bytes([8, 6, 0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(5, 29)
    assert not rows[:, 0].any()
    np.testing.assert_array_equal(rows[:, 1:].reshape(5, 7, 4), pixels)


def test_that_ticks_are_round_and_few() -> None:
    assert ticks(0.0, 6.2, 5) == [0.0, 2.0, 4.0, 6.0]
    assert ticks(1.0, 100.0, 8) == [20.0, 40.0, 60.0, 80.0, 100.0]
    assert ticks(0.0, 0.0031, 5) == [0.0, 0.001, 0.002, 0.003]
    assert ticks(2.0, 2.0, 5) == [2.0]


def test_that_long_lists_are_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcde")) == "a, b, c, d and e"
    assert listed(list("abcdefg")) == "a, b, c, d and 3 more"


def test_that_a_report_has_an_ending_of_its_own(tmp_path: Path) -> None:
    assert check_place(tmp_path / "r").name == "r.html"
    with pytest.raises(UserError, match="web page"):
        check_place(tmp_path / "r.json")
