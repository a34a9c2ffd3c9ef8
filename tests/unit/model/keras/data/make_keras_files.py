"""Write the Keras files of ``test_answers.py`` and Keras's own answers to a known input.

The small ones are kept. Run once under Keras 2 and once under Keras 3 (extra ``keras``), from this
folder::

    python make_keras_files.py keras2      # tensorflow-cpu 2.15.1
    python make_keras_files.py keras3      # tensorflow-cpu 2.21.0, Keras 3.15.1

``python make_keras_files.py lvm_ai`` writes LVM-AI's two networks at full size, with random
weights; ``test_answers.py`` does so itself where tensorflow is installed.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from tensorflow import keras

L = keras.layers
N = 3


def inputs() -> list[np.ndarray]:
    """Three patients: ECG [3, 5000, 12], age [3, 1], sex [3, 2], body-mass index [3, 1]."""
    t, c = np.arange(5000)[:, None], np.arange(1, 13)[None, :]
    ecg = np.stack([0.1 * np.sin(0.01 * (k + 1) * c * t + k) for k in range(N)])
    age, bmi = np.array([[-1.0], [0.2], [1.5]]), np.array([[0.7], [-0.4], [2.0]])
    sex = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    return [each.astype(np.float32) for each in (ecg, age, sex, bmi)]


def model() -> keras.Model:
    """Every class of layer that is read, in the layout of LVM-AI with age, sex and BMI."""
    ecg = L.Input((5000, 12), name="input_ecg_rest_raw_continuous")
    age = L.Input((1,), name="input_age_2_continuous")
    sex = L.Input((2,), name="input_sex_categorical")
    bmi = L.Input((1,), name="input_bmi_continuous")
    x = L.Conv1D(2, 7, padding="same", strides=5, name="conv")(ecg)
    x = L.BatchNormalization(name="batch_norm")(x)
    x = L.Activation("relu", name="act")(x)
    x = L.SpatialDropout1D(0.2, name="spatial")(x)
    x = L.MaxPooling1D(10, name="pool")(x)
    y = L.Conv1D(3, 4, padding="same", dilation_rate=3, activation="swish", name="dilated")(x)
    y = L.Concatenate(name="join")([x, y])
    y = L.LayerNormalization(name="layer_norm")(y)
    y = L.MaxPooling1D(3, strides=2, padding="same", name="pool_same")(y)
    average = L.GlobalAveragePooling1D(name="average")(y)
    flat = L.Dense(4, name="dense")(L.Flatten(name="flat")(y))
    flat = L.ReLU(name="relu")(flat)
    flat = L.Dropout(0.5, name="dropout")(flat)
    late = [
        L.Dense(4, activation="tanh", name=f"late_{i}")(e) for i, e in enumerate((age, sex, bmi))
    ]
    total = L.Add(name="add")([flat, *late])
    merged = L.Concatenate(axis=1, name="merge")([total, average])
    lvh = L.Dense(2, activation="softmax", name="output_lvh_from_indexed_lvm_categorical")(merged)
    mass = L.Dense(1, use_bias=False, name="output_adjusted_myocardium_mass_continuous")(merged)
    return keras.Model([ecg, age, sex, bmi], [lvh, mass])


def trunk(ecg: keras.KerasTensor) -> keras.KerasTensor:
    """LVM-AI's convolutions: 71 samples wide, three dense blocks of three."""
    x = L.Conv1D(32, 71, padding="same", activation="relu", name="stem")(ecg)
    for block, filters in enumerate((32, 24, 16)):
        seen = [L.MaxPooling1D(2, name=f"pool_{block}")(x)]
        for i in range(3):
            joined = L.Concatenate(name=f"join_{block}_{i}")(seen) if i else seen[0]
            conv = L.Conv1D(filters, 71, padding="same", name=f"conv_{block}_{i}")(joined)
            seen.append(L.Activation("relu", name=f"relu_{block}_{i}")(conv))
        x = seen[-1]
    return L.Flatten(name="flat")(x)


def dense(x: keras.KerasTensor, name: str, *widths: int) -> keras.KerasTensor:
    """Dense layers with ReLU."""
    for i, width in enumerate(widths):
        x = L.Dense(width, activation="relu", name=f"{name}_{i}")(x)
    return x


def lvm_ai_ecg() -> keras.Model:
    """The published ECG-only network: 1,047,497 parameters."""
    ecg = L.Input((5000, 12), name="input_ecg_rest_raw_continuous")
    code = dense(trunk(ecg), "embed", 16, 64)
    mass = L.Dense(1, name="output_adjusted_myocardium_mass_continuous")(code)
    return keras.Model([ecg], [mass])


def lvm_ai_all() -> keras.Model:
    """The likeliest layout of the network with age, sex and BMI: 1,216,091 parameters."""
    ecg = L.Input((5000, 12), name="input_ecg_rest_raw_continuous")
    age = L.Input((1,), name="input_age_2_continuous")
    sex = L.Input((2,), name="input_sex_categorical")
    bmi = L.Input((1,), name="input_bmi_continuous")
    codes = [dense(trunk(ecg), "ecg", 32, 32)]
    codes += [dense(x, n, 32, 32) for n, x in (("age", age), ("sex", sex), ("bmi", bmi))]
    head = dense(L.Concatenate(name="merge")(codes), "head", 32, 32)
    lvh = L.Dense(2, activation="softmax", name="output_lvh_from_indexed_lvm_categorical")(head)
    mass = L.Dense(1, name="output_adjusted_myocardium_mass_continuous")(head)
    return keras.Model([ecg, age, sex, bmi], [lvh, mass])


def write(made: keras.Model, stem: str, **answers: np.ndarray) -> None:
    """Write ``STEM.h5`` and ``STEM.json``."""
    made.save(f"{stem}.h5", include_optimizer=False)
    with open(f"{stem}.json", "w", encoding="utf-8") as file:
        json.dump({name: values.tolist() for name, values in answers.items()}, file, indent=1)
        file.write("\n")


def at_random(made: keras.Model) -> keras.Model:
    """Biases and moving statistics at random too, so that nothing is neutral."""
    rng = np.random.default_rng(11)
    for variable in made.weights:
        if len(variable.shape) == 1:
            spread = rng.uniform(0.5, 1.5, variable.shape)
            variable.assign(spread if "variance" in variable.name else spread - 0.8)
    return made


def main(stem: str) -> None:
    """Write the files of one kind into the working folder."""
    keras.utils.set_random_seed(7)
    if stem == "lvm_ai":
        ecg_alone, everything = at_random(lvm_ai_ecg()), at_random(lvm_ai_all())
        write(ecg_alone, "lvm_ai_ecg", mass=ecg_alone.predict(inputs()[:1], verbose=0))
        lvh, mass = everything.predict(inputs(), verbose=0)
        write(everything, "lvm_ai_all", lvh=lvh, mass=mass)
        return
    made = at_random(model())
    lvh, mass = made.predict(inputs(), verbose=0)
    write(made, f"tiny_{stem}", lvh=lvh, mass=mass)


if __name__ == "__main__":
    main(sys.argv[1])
