"""The figures of bench/metrics.ts by scikit-learn. Arguments: folder, classes, runs."""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk
from sklearn.preprocessing import label_binarize

warnings.filterwarnings("ignore")
folder, classes, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
truth = np.fromfile(f"{folder}/truth", dtype=np.int32)
predicted = np.fromfile(f"{folder}/predicted", dtype=np.int32)
scores = np.fromfile(f"{folder}/probabilities", dtype=np.float64).reshape(-1, classes)

seconds = []
for _ in range(runs):
    begin = time.process_time()
    one_hot = label_binarize(truth, classes=np.arange(classes))
    figures = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
        "matthews_correlation": sk.matthews_corrcoef(truth, predicted),
        "log_loss": sk.log_loss(truth, scores),
        "top_5": sk.top_k_accuracy_score(truth, scores, k=5),
    }
    for average in ("macro", "micro", "weighted"):
        figures[f"precision_score_{average}"] = sk.precision_score(truth, predicted, average=average)
        figures[f"recall_score_{average}"] = sk.recall_score(truth, predicted, average=average)
        figures[f"f1_score_{average}"] = sk.f1_score(truth, predicted, average=average)
        figures[f"AUC_{average}"] = sk.roc_auc_score(one_hot, scores, average=average)
        figures[f"average_precision_score_{average}"] = sk.average_precision_score(one_hot, scores, average=average)
    sk.confusion_matrix(truth, predicted)
    seconds.append(time.process_time() - begin)
figures = {name: float(value) for name, value in figures.items()}
print(json.dumps({"version": sklearn.__version__, "seconds": seconds, "figures": figures}))
