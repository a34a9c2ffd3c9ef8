"""Explanations: which sample and which scalar moved the estimate, in grams.

``methods`` holds the one verb, :func:`elvmass.model.explain.methods.explain`; ``path``,
``gradients``, ``gradcam`` and ``cells`` are the methods; ``check`` with ``randomise``,
``faithfulness`` and ``stability`` is their lie detector, ``trust`` its result on disk; ``whatif``
changes the patient instead of asking the network. This module itself loads no torch.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """What a saliency method promises.

    Attributes
    ----------
    words
        Name for people.
    unit
        Of the samples: "g", or "g/mV" for the bare gradient (its scalars: grams per SD).
    additive
        Whether reference, samples and scalars must sum to the estimate.
    segments
        Whether it needs the boundaries of a beat, so that strips cannot be explained.
    """

    words: str
    unit: str = "g"
    additive: bool = True
    segments: bool = False


_BASE: dict[str, MethodInfo] = {
    "gradient": MethodInfo("gradient", unit="g/mV", additive=False),
    "gradient_x_input": MethodInfo("gradient × input", additive=False),
    "ig_mean": MethodInfo("integrated gradients from the mean training patient"),
    "ig_zero": MethodInfo("integrated gradients from a flat ECG"),
    "ig_bridge": MethodInfo("integrated gradients from the isoelectric line", segments=True),
}

#: Every method by its key.
METHODS: dict[str, MethodInfo] = {
    **_BASE,
    **{
        f"smooth_{key}": MethodInfo(
            f"SmoothGrad of {info.words}", info.unit, additive=False, segments=info.segments
        )
        for key, info in _BASE.items()
    },
    "expected_gradients": MethodInfo("expected gradients (GradientSHAP)"),
    "gradcam": MethodInfo("Grad-CAM of each encoder", additive=False),
    "occlusion": MethodInfo("occlusion of each segment and lead", additive=False, segments=True),
    "shapley": MethodInfo("Shapley values of segments, lead groups and scalars", segments=True),
    "shapley_leads": MethodInfo("Shapley values of segments, leads and scalars", segments=True),
}

DEFAULT_METHOD = "ig_mean"
