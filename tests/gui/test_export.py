"""Saving pictures and numbers: what was shown, whole or not at all."""

from __future__ import annotations

import csv
import errno
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.formats import save_numbers
from analysis.figures.heatmap import Heatmap
from analysis.figures.scatter import Scatter
from analysis.values import Provenance, UserError
from gui.export.widget_picture import save_image
from tests.gui.panels.samples import ink, table
from tests.gui.small_figures import FIGURES


def picture() -> QImage:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    return image


def heatmap() -> Heatmap:
    values = np.array([[0.1, np.nan, 1e-9], [-3.25, 1 / 3, 7e8]], np.float32)
    rows, cols = Axis("query", 2, ("θ 1°", 'say "x"')), Axis("key", 3, ("a", "b,c", "d"))
    where = Provenance("model.pt", "abc123", "L1H5", "random tokens", "mean over\ntwo lines")
    return Heatmap("A title", values, rows, cols, Scale("diverging", -1, 1, "z"), provenance=where, note="raw")


def read_csv(path: Path) -> tuple[list[str], list[list[str]]]:
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith("#")], list(csv.reader(x for x in lines if not x.startswith("#")))


def test_that_a_picture_is_saved_as_it_is(tmp_path):
    save_image(picture(), str(tmp_path / "a.png"))
    image = QImage(str(tmp_path / "a.png"))
    assert (image.width(), image.height()) == (40, 30)
    assert image.pixelColor(20, 20) == QColor("#123456")


def test_that_csv_holds_labels_provenance_and_every_value_exactly(tmp_path):
    save_numbers(heatmap(), str(tmp_path / "a.csv"))
    comments, rows = read_csv(tmp_path / "a.csv")
    assert "# head: L1H5" in comments
    assert "# definition: mean over two lines" in comments
    assert rows[0] == ["query \\ key", "a", "b,c", "d"]
    assert [row[0] for row in rows[1:]] == ["θ 1°", 'say "x"']
    values = np.array([row[1:] for row in rows[1:]], np.float64).astype(np.float32)
    np.testing.assert_array_equal(values, heatmap().values)


def test_that_npz_holds_arrays_labels_and_provenance_without_pickle(tmp_path):
    save_numbers(heatmap(), str(tmp_path / "a.npz"))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        np.testing.assert_array_equal(found["values"], heatmap().values)
        assert found["row_labels"].tolist() == ["θ 1°", 'say "x"']
        assert found["sha256"] == "abc123"
        assert found["note"] == "raw"
        assert found["col_axis"] == "key"


def test_that_json_holds_every_value_exactly_and_no_nan(tmp_path):
    save_numbers(heatmap(), str(tmp_path / "a.json"))
    found = json.loads((tmp_path / "a.json").read_text("utf-8"), parse_constant=lambda text: pytest.fail(text))
    values = np.array(found["data"]["values"], np.float64).astype(np.float32)
    np.testing.assert_array_equal(values, heatmap().values)
    assert found["data"]["values"][0][1] is None
    assert found["data"]["col_labels"] == ["a", "b,c", "d"]
    assert (found["sha256"], found["head"], found["value"]) == ("abc123", "L1H5", "z")


def test_that_every_kind_of_figure_has_its_numbers(tmp_path):
    x = np.array([1, 2], np.float32)
    curves = Curves("t", x, (Series("a", x * 2), Series("b", x * 3)), "lag", "attention")
    scatter = Scatter("t", np.array([[1, 2], [3, 4]], np.float32), "Re", "Im", ("p", "q"))
    expected = {
        "curves": (curves, [["lag", "a", "b"], ["1", "2", "3"], ["2", "4", "6"]]),
        "scatter": (scatter, [["Re", "Im", "label"], ["1", "2", "p"], ["3", "4", "q"]]),
        "table": (table(), [["", "value", "±"], *(list(row.cells) for row in table().rows)]),
    }
    for name, (figure, rows) in expected.items():
        save_numbers(figure, str(tmp_path / f"{name}.csv"))
        save_numbers(figure, str(tmp_path / f"{name}.npz"))
        save_numbers(figure, str(tmp_path / f"{name}.json"))
        assert read_csv(tmp_path / f"{name}.csv")[1] == rows
    with np.load(tmp_path / "curves.npz") as found:
        assert found["y"].tolist() == [[2, 4], [3, 6]]
    with np.load(tmp_path / "scatter.npz") as found:
        assert found["points"].shape == (2, 2)


def test_that_ink_has_its_strokes_and_how_they_read_the_text(tmp_path):
    figure = ink(2, 2)
    save_numbers(figure, str(tmp_path / "a.csv"))
    save_numbers(figure, str(tmp_path / "a.npz"))
    comments, rows = read_csv(tmp_path / "a.csv")
    assert "# reader: L1X2" in comments
    assert rows[0][:9] == ["x0", "y0", "x1", "y1", "pen down", "θ token", "r token", "word", "letter 0 t"]
    values = np.array(rows[1:], np.float64)
    np.testing.assert_array_equal(values[:, :4].astype(np.float32), figure.strokes)
    assert values[:, 4].tolist() == figure.down.tolist()
    assert values[:, 7].tolist() == [0] * figure.words[1] + [1] * figure.words[1]
    np.testing.assert_array_equal(values[:, 8:].astype(np.float32), figure.reading[figure.tokens].max(1))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        np.testing.assert_array_equal(found["strokes"], figure.strokes)
        np.testing.assert_array_equal(found["reading"], figure.reading)
        assert found["letters"].tolist() == list(figure.letters)
        assert found["words"].tolist() == list(figure.words)


def test_that_empty_figures_can_be_saved(tmp_path):
    save_numbers(Curves("t", np.empty(0, np.float32), (), "x", "y"), str(tmp_path / "a.npz"))
    save_numbers(Scatter("t", np.empty((0, 2), np.float32), "x", "y"), str(tmp_path / "b.npz"))
    with np.load(tmp_path / "b.npz", allow_pickle=False) as found:
        assert found["points"].shape == (0, 2)


def test_that_an_unknown_suffix_is_refused_in_words(tmp_path):
    with pytest.raises(UserError, match=r"\.npz, \.csv or \.json"):
        save_numbers(heatmap(), str(tmp_path / "a.xlsx"))
    assert not list(tmp_path.iterdir())


def test_that_no_picture_is_refused_in_words(tmp_path):
    with pytest.raises(UserError, match="no picture"):
        save_image(QImage(), str(tmp_path / "a.png"))
    assert not list(tmp_path.iterdir())


def test_that_a_missing_folder_is_said_in_one_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        save_image(picture(), str(tmp_path / "gone" / "a.png"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_that_a_folder_without_permission_is_said_in_one_sentence(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UserError, match="cannot be written"):
            save_image(picture(), str(tmp_path / "a.png"))
    finally:
        tmp_path.chmod(0o700)
    assert not list(tmp_path.iterdir())


def test_that_a_place_that_cannot_be_written_is_said_in_one_sentence():
    with pytest.raises(UserError, match="cannot be written"):
        save_numbers(heatmap(), "/proc/a.csv")


def no_room(*what: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_that_a_full_disk_leaves_the_file_that_was_there(tmp_path, monkeypatch, step):
    path = tmp_path / "a.csv"
    path.write_text("before")
    monkeypatch.setattr(f"analysis.values.whole_files.os.{step}", no_room)
    with pytest.raises(UserError, match=r"No space left on device.*free some space"):
        save_numbers(heatmap(), str(path))
    assert path.read_text() == "before"
    assert [child.name for child in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_that_a_write_that_stops_half_way_leaves_nothing(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, before[1]))
    try:
        with pytest.raises(UserError, match="File too large"):
            save_image(picture(), str(tmp_path / "a.png"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["npz", "csv", "json"])
@pytest.mark.parametrize("name", FIGURES)
def test_that_exported_numbers_are_byte_for_byte_those_of_the_first_release(tmp_path, name, suffix):
    save_numbers(FIGURES[name], str(tmp_path / f"a.{suffix}"))
    expected = Path(__file__).parent / "numbers" / f"{name}.{suffix}"
    assert (tmp_path / f"a.{suffix}").read_bytes() == expected.read_bytes()
