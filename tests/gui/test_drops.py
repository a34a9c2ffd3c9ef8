"""Files that are dragged onto the window: what it takes, opens and says."""

from __future__ import annotations

import helpers
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLineEdit

from elvmass.errors import UnknownFormatError
from elvmass_gui.drops import NO_FILE, resolve


def test_a_dropped_file_is_opened(window, reader, tmp_path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("x")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)
    assert reader.last.path == path


def test_a_drop_that_hands_nothing_over_is_said_to_be_no_file(window, reader) -> None:
    data = QMimeData()
    event = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)
    assert window.message_bar.isHidden()
    assert window.statusBar().currentMessage() == NO_FILE


def test_a_folder_opens_its_first_file(tmp_path) -> None:
    for name in ("ecg10.xml", "ecg2.xml", ".hidden", "notes.md"):
        (tmp_path / name).write_text("x")
    assert resolve([tmp_path]) == (tmp_path / "ecg2.xml", ())
    assert resolve([tmp_path / "empty"]) == (tmp_path / "empty", ())


def test_files_and_folders_named_together_are_one_list(tmp_path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    for path in (inside / "b.xml", inside / "c.xml", tmp_path / "a.xml"):
        path.write_text("x")
    named = [tmp_path / "a.xml", inside]
    assert resolve(named) == (named[0], (named[0], inside / "b.xml", inside / "c.xml"))
    (tmp_path / "bare").mkdir()
    assert resolve([tmp_path / "bare", named[0]]) == (named[0], (named[0],))
    assert resolve([tmp_path / "bare"]) == (None, ())


def drag(urls: list[QUrl], text: str = "") -> QDragEnterEvent:
    data = QMimeData()
    data.setUrls(urls)
    if text:
        data.setText(text)
    offered = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    event = QDragEnterEvent(
        QPoint(9, 9), offered, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    event.data = data  # the event does not own it
    event.setDropAction(Qt.DropAction.MoveAction)  # as the desktop proposes
    event.ignore()
    return event


def test_a_file_is_taken_as_a_copy_and_what_is_no_file_is_not(window) -> None:
    event = drag([QUrl.fromLocalFile("/x/a.xml")])
    window.dragEnterEvent(event)
    assert event.isAccepted()
    assert event.dropAction() is Qt.DropAction.CopyAction
    event = drag([QUrl("https://example.org/a.xml")], "a.xml")
    window.dragEnterEvent(event)
    assert not event.isAccepted()
    assert window.statusBar().currentMessage() == NO_FILE


def test_no_field_takes_a_dropped_file_for_text(window, qapp) -> None:
    """File managers offer the path as text too."""
    taken = []
    for field in window.findChildren(QLineEdit):
        event = drag([QUrl.fromLocalFile("/x/a.xml")], "/x/a.xml")
        if field.acceptDrops():
            qapp.sendEvent(field, event)
            taken += [field.accessibleName()] * event.isAccepted()
    assert taken == []


def test_an_empty_folder_is_named(window, tmp_path) -> None:
    (tmp_path / "bare").mkdir()
    window.open_paths([tmp_path / "bare"])
    assert "bare holds no ECG file" in window.message_bar.text.text()


def test_a_damaged_file_of_several_is_told_and_the_next_one_opens(
    window, reader, analyst, tmp_path
) -> None:
    paths = [tmp_path / "a.xml", tmp_path / "b.xml"]
    for path in paths:
        path.write_text("x")
    window.open_paths(paths)
    reader.answer(error=UnknownFormatError(paths[0], "no ECG", "Export it."))
    assert reader.last.path == paths[1]
    reader.answer(helpers.synthetic_record())
    assert window.session.record is not None
    assert window.statusBar().currentMessage().startswith("Left out: a.xml: ")
