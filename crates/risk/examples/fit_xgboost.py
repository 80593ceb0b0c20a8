"""Fits XGBoost as the Fraud Detection Handbook did: exact splits, base score 0.5.

fit_xgboost.py FOLDER: reads train.bin and test.bin (single-precision rows, the label last, the number of
cells a row in cells.txt), writes one file of scores for each setting.
"""

import pathlib
import sys

import numpy
import xgboost

folder = pathlib.Path(sys.argv[1])
cells = int((folder / "cells.txt").read_text())


def load(name):
    rows = numpy.fromfile(folder / name, dtype="<f4").reshape(-1, cells)
    return rows[:, :-1], rows[:, -1]


train, labels = load("train.bin")
test, _ = load("test.bin")
for setting in sys.argv[2:]:
    columns, depth, trees, rate = setting.split(",")
    parameters = {
        "objective": "binary:logistic",
        "tree_method": "exact",
        "base_score": 0.5,
        "max_depth": int(depth),
        "eta": float(rate),
        "nthread": 1,
    }
    data = xgboost.DMatrix(train[:, : int(columns)], labels)
    model = xgboost.train(parameters, data, int(trees))
    scores = model.predict(xgboost.DMatrix(test[:, : int(columns)]))
    scores.astype("<f4").tofile(folder / f"{setting}.scores")
