"""One epoch of scikit-learn's SGDClassifier over a LIBSVM file: seconds, one line each. Its rows are shuffled too."""
import sys
import time

from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import SGDClassifier

x, y = load_svmlight_file(sys.argv[1])
print("ready", flush=True)
for _ in sys.stdin:
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=1, tol=None, learning_rate="constant", eta0=0.01)
    start = time.process_time()
    model.fit(x, y)
    seconds = time.process_time() - start
    print(seconds, flush=True)
