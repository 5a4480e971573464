#!/usr/bin/python3
"""Logits of small models that have become sure of themselves: input for certify --logits.

    bench/record_logits.py DIR [--model mlp|logistic] [--rows N] [--seed S]

Trains on the handwritten digits that scikit-learn brings along (1797 images, 10 classes; no
download) and writes DIR/logits.npy (float32 as training has it; --double: float64) and
DIR/labels.npy. Rows are training and test images alike: most of what a loss sees in a long training
is rows that the model has learnt. Prints how confident they are.

Debian: python3-sklearn, python3-numpy.
"""
import argparse
import pathlib
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

EPOCHS = 1000


def logistic(x, y, seed):
    model = LogisticRegression(C=100.0, max_iter=5000, random_state=seed).fit(x, y)
    return model.decision_function


def mlp(x, y, seed):
    """scikit-learn stops at the softmax; the layer before it is one product more."""
    model = MLPClassifier((128, 64), alpha=0.0, learning_rate_init=0.005, max_iter=EPOCHS, tol=0.0,
                          n_iter_no_change=EPOCHS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # overtrained on purpose
        model.fit(x, y)

    def logits(rows):
        for w, b in zip(model.coefs_[:-1], model.intercepts_[:-1]):
            rows = np.maximum(rows @ w + b, 0)
        return rows @ model.coefs_[-1] + model.intercepts_[-1]
    return logits


def leads(z, y):
    """How far the label's logit is ahead of the largest other one."""
    own = z[np.arange(len(y)), y]
    rest = z.copy()
    rest[np.arange(len(y)), y] = -np.inf
    return own - rest.max(axis=1)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("dir", type=pathlib.Path)
    p.add_argument("--model", choices=("mlp", "logistic"), default="mlp")
    p.add_argument("--rows", type=int, help="a sample of so many rows")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--double", action="store_true", help="float64")
    a = p.parse_args()
    x, y = load_digits(return_X_y=True)
    x = x / 16.0
    train_x, _, train_y, _ = train_test_split(x, y, test_size=0.25, random_state=a.seed)
    z = {"mlp": mlp, "logistic": logistic}[a.model](train_x, train_y, a.seed)(x)
    z = np.ascontiguousarray(z if a.double else z.astype(np.float32))
    if a.rows and a.rows < len(y):
        pick = np.sort(np.random.default_rng(a.seed).permutation(len(y))[:a.rows])
        z, y = z[pick], y[pick]
    a.dir.mkdir(parents=True, exist_ok=True)
    np.save(a.dir / "logits.npy", z)
    np.save(a.dir / "labels.npy", y.astype(np.int64))
    lead = leads(z.astype(float), y)
    print(f"{len(y)} rows, {(lead > 0).mean():.1%} right; the label leads by "
          f"{np.percentile(lead, 10):.1f} (10 %), {np.median(lead):.1f} (half), "
          f"{np.percentile(lead, 90):.1f} (90 %)")


if __name__ == "__main__":
    main()
