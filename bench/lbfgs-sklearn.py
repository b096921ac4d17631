"""The scikit-learn side of lbfgs.ts: the same rows, the same objective. Prints one JSON document."""

import json
import sys
import time

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

folder, rows, dimensions, l2, rounds = sys.argv[1], *map(float, sys.argv[2:6])
rows, dimensions, rounds = int(rows), int(dimensions), int(rounds)
X = np.fromfile(f"{folder}/features.f64", dtype=np.float64).reshape(rows, dimensions)
y = np.fromfile(f"{folder}/labels.i32", dtype=np.int32)
seconds = []
for _ in range(rounds):
    # Its penalty is not divided by the rows: C = 1 / (rows * l2).
    model = LogisticRegression(C=1 / (rows * l2), tol=1e-6, max_iter=1000)
    begin = time.perf_counter()
    model.fit(X, y)
    seconds.append(time.perf_counter() - begin)
logits = X @ model.coef_.T + model.intercept_
top = logits.max(axis=1, keepdims=True)
losses = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0] - logits[np.arange(rows), y]
print(
    json.dumps(
        {
            "seconds": seconds,
            "objective": losses.mean() + l2 / 2 * (model.coef_**2).sum(),
            "iterations": int(model.n_iter_[0]),
            "version": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
        }
    )
)
