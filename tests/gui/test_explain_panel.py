"""The chosen saliency method, what the table shows, and how far the method can be trusted."""

from __future__ import annotations

from dataclasses import replace

import helpers
import numpy as np
import pytest

from elvmass.model.explain import DEFAULT_METHOD, METHODS
from elvmass.model.explain.trust import CHECKS, MethodTrust, Trust, TrustFigure
from elvmass_gui.views.importance import SHOWN_METHODS, ImportancePanel
from elvmass_gui.views.trust import badge

GOOD = TrustFigure(0.97, 0.9, 1.0, True)


def trust(**failed: TrustFigure) -> Trust:
    figures = dict.fromkeys(CHECKS, GOOD) | failed
    return Trust("ab" * 32, 4, {"ig_mean": MethodTrust(figures, {})})


def panel(qtbot) -> ImportancePanel:
    made = ImportancePanel()
    qtbot.addWidget(made)
    made.set_analysis(helpers.toy_analysis())
    return made


def shown(made: ImportancePanel) -> np.ndarray:
    texts = [[cell.text().split("\n")[0] for cell in row] for row in made.cells]
    return np.array(
        [[0.0 if t == "–" else float(t.removesuffix(" %")) for t in row] for row in texts]
    )


def test_only_methods_in_grams_are_offered() -> None:
    assert set(SHOWN_METHODS) == {key for key, info in METHODS.items() if info.unit == "g"}
    assert DEFAULT_METHOD in SHOWN_METHODS


def test_another_method_asks_for_another_explanation(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    importance = window.panels.side.importance
    importance.chosen_method.setCurrentIndex(importance.chosen_method.findData("shapley"))
    importance.chosen_method.activated.emit(importance.chosen_method.currentIndex())
    assert analyst.last.options.method == "shapley"
    analyst.answer(replace(helpers.toy_analysis(session.record), saliency=None, importance=None))
    assert analyst.last.options.explain  # the former explanation was another method's
    assert analyst.last.options.method == "shapley"


def test_shares_sum_to_all_and_density_is_one_if_even(qtbot) -> None:
    made = panel(qtbot)
    assert shown(made)[:2].sum() == pytest.approx(100, abs=4)
    importance = helpers.toy_analysis().importance
    even = np.broadcast_to(importance.seconds / importance.seconds.sum() / 12, (12, 5))
    made.set_analysis(
        replace(helpers.toy_analysis(), importance=replace(importance, share=np.array(even)))
    )
    made.view.setCurrentIndex(made.view.findData("density"))
    made.view.activated.emit(made.view.currentIndex())
    assert shown(made) == pytest.approx(np.ones((3, 5)))


def test_the_papers_reading_is_another_share(qtbot) -> None:
    importance = helpers.toy_analysis().importance
    only = np.zeros((12, 5))
    only[6, 1] = 1.0
    made = panel(qtbot)
    made.set_analysis(
        replace(helpers.toy_analysis(), importance=replace(importance, seed_like=only))
    )
    made.view.setCurrentIndex(made.view.findData("seed_like"))
    made.view.activated.emit(made.view.currentIndex())
    assert shown(made)[1, 1] == 100
    assert "Our reading" in made.view.toolTip()


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (None, "Not checked on this model"),
        (Trust("ab" * 32, 4, {}), "Not checked on this model"),
        (trust(), "Passes every check on this model"),
        (
            trust(shift=replace(GOOD, passed=False), fold_agreement=replace(GOOD, passed=False)),
            "Fails on this model: fold agreement, shift",
        ),
    ],
)
def test_the_badge_says_what_is_known(qtbot, known, text) -> None:
    made = panel(qtbot)
    made.set_method("ig_mean")
    made.set_trust(known)
    assert made.badge.text() == text
    assert made.badge.property("role") == ("mark" if "Fails" in text else "small")


def test_the_badge_tells_every_check(qtbot) -> None:
    silent = TrustFigure(None, None, None, None)
    _, _, tip = badge(trust(completeness=silent, noise=replace(GOOD, passed=False)), "ig_mean")
    assert "completeness: does not apply" in tip
    assert "noise: 0.970, at least 0.8 (Spearman after 2 % noise): FAILS" in tip
    assert len(tip.splitlines()) == 1 + len(CHECKS)
