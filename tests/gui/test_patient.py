"""The patient panel: units, plausibility, what the file said, what was imputed."""

from __future__ import annotations

import re
from dataclasses import replace

import helpers
import pytest
from PySide6.QtCore import Qt

from elvmass.record import Patient, Sex
from elvmass_gui.units import QUANTITIES
from elvmass_gui.views.patient import PatientPanel


@pytest.fixture
def panel(qtbot) -> PatientPanel:
    made = PatientPanel()
    qtbot.addWidget(made)
    record = helpers.synthetic_record()
    made.set_record(record, record.patient)
    made.show()
    return made


def enter(qtbot, field, text: str) -> None:
    field.text.setFocus()
    field.text.selectAll()
    if text:
        qtbot.keyClicks(field.text, text)
    else:
        qtbot.keyClick(field.text, Qt.Key.Key_Delete)
    qtbot.keyClick(field.text, Qt.Key.Key_Return)


def test_shows_the_file(panel) -> None:
    assert panel.fields["age_years"].text.text() == "61"
    assert panel.sex.currentText() == "male"
    assert "Test, Case · T-1" in panel.who.text()
    assert not panel.reset.isEnabled()
    assert not any(mark.isVisible() for mark in panel.marks.values())


def test_a_number_in_other_units_is_converted(panel, qtbot) -> None:
    weight = panel.fields["weight_kg"]
    weight.set_unit("lb")
    assert weight.text.text() == "172"
    with qtbot.waitSignal(panel.corrected) as caught:
        enter(qtbot, weight, "200")
    assert caught.args[0].weight_kg == pytest.approx(90.718474)
    assert caught.args[0].id == "T-1"


def test_changing_the_unit_corrects_nothing(panel, qtbot) -> None:
    corrected: list[Patient] = []
    panel.corrected.connect(corrected.append)
    height = panel.fields["height_cm"]
    height.unit.setCurrentText("in")
    height.unit.activated.emit(1)
    assert height.text.text() == "67.7"
    height.text.setFocus()
    qtbot.keyClick(height.text, Qt.Key.Key_Return)
    assert not corrected


def test_an_empty_field_is_unknown_and_not_zero(panel, qtbot) -> None:
    with qtbot.waitSignal(panel.corrected) as caught:
        enter(qtbot, panel.fields["age_years"], "")
    assert caught.args[0].age_years is None


@pytest.mark.parametrize(
    ("field", "text"),
    [("weight_kg", "780"), ("height_cm", "1.72"), ("age_years", "sixty"), ("age_years", "nan"),
     ("age_years", "-3"), ("weight_kg", "inf")],
)  # fmt: skip
def test_the_implausible_is_refused_with_its_range(panel, qtbot, field, text) -> None:
    corrected: list[Patient] = []
    panel.corrected.connect(corrected.append)
    enter(qtbot, panel.fields[field], text)
    assert not corrected
    assert panel.hint.isVisible()
    assert "must be" in panel.hint.text()
    assert panel.fields[field].text.property("wrong") is True


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_range_that_is_named_is_accepted_in_every_unit(quantity) -> None:
    for unit in quantity.units:
        with pytest.raises(ValueError, match="must be") as caught:
            quantity.parse("-1", unit)
        for named in re.findall(r"\d+", str(caught.value)):
            assert quantity.parse(named, unit) is not None


def test_the_refusal_goes_with_what_was_refused(panel, qtbot) -> None:
    weight, height = panel.fields["weight_kg"], panel.fields["height_cm"]
    enter(qtbot, weight, "780")
    enter(qtbot, height, "1.72")
    enter(qtbot, height, "172")
    assert panel.hint.isVisible()  # the weight still stands there
    enter(qtbot, weight, "78")
    assert not panel.hint.isVisible()


def test_a_decimal_comma_is_understood(panel, qtbot) -> None:
    with qtbot.waitSignal(panel.corrected) as caught:
        enter(qtbot, panel.fields["weight_kg"], "78,5")
    assert caught.args[0].weight_kg == 78.5


def test_sex_can_be_corrected_to_unknown(panel, qtbot) -> None:
    with qtbot.waitSignal(panel.corrected) as caught:
        panel.sex.setCurrentIndex(0)
        panel.sex.activated.emit(0)
    assert caught.args[0].sex is None


def test_what_the_file_said_stays_in_sight(panel, qtbot) -> None:
    record = helpers.synthetic_record()
    changed = replace(record.patient, weight_kg=95.0, sex=Sex.FEMALE)
    panel.set_record(replace(record, patient=changed), record.patient)
    assert panel.marks["weight_kg"].text() == "file: 78 kg"
    assert panel.marks["sex"].text() == "file: male"
    with qtbot.waitSignal(panel.corrected) as caught:
        panel.reset.click()
    assert caught.args[0] == record.patient


def test_imputed_values_are_marked(panel) -> None:
    record = helpers.synthetic_record()
    patient = replace(record.patient, height_cm=None, sex=None)
    panel.set_record(replace(record, patient=patient), patient)
    estimate = helpers.toy_analysis().estimate
    scalars = estimate.scalars | {"height_cm": 174.0, "sex_male": 0.5}
    panel.set_estimate(replace(estimate, scalars=scalars, imputed=("height_cm", "sex_male")))
    assert panel.marks["height_cm"].text() == "imputed: 174 cm"
    assert panel.marks["sex"].text() == "imputed: 0.5"
    panel.fields["height_cm"].unit.setCurrentText("in")
    panel.fields["height_cm"].unit.activated.emit(1)
    assert panel.marks["height_cm"].text() == "imputed: 68.5 in"
    assert not panel.marks["height_cm"].isHidden()
    assert panel.fields["height_cm"].text.text() == ""
