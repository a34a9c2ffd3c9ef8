"""Pages painted into images, and what is to be found there."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtGui import QImage, QPainter

from elvmass.record import Record
from elvmass_gui.geometry.shown import show
from elvmass_gui.painting.ecg_page import Marks, paint_ecg_page
from elvmass_gui.painting.ink import (
    PRINT,
)

PX = 10.0  # pixels per mm of the test images


def rendered(width_mm, height_mm, paint, px=PX):
    image = QImage(round(width_mm * px), round(height_mm * px), QImage.Format.Format_RGB32)
    image.fill("white")
    painter = QPainter(image)
    painter.scale(px, px)
    paint(painter)
    painter.end()
    return image


def pixels(image):
    """[height, width, 3] RGB."""
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return raw[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


def dark(image):
    return pixels(image).astype(int).sum(axis=2) < 150


def page(record, sheet, marks=None):
    marks = marks or Marks()
    return lambda painter: paint_ecg_page(painter, sheet, show(record), marks, PRINT)


def flat(value_mv=0.0, seconds=10.0):
    return Record(np.full((12, round(500 * seconds)), value_mv), 500.0)
