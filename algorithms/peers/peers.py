"""The other side of `make bench-peers`: scikit-learn and PyTorch on the data in the folder given, one thread.

Prints one JSON object of nanoseconds of processor time; what is measured is named as in measure.go. Numbers of rows and steps are those of
data.go.
"""
import json
import sys
import time

import numpy as np
import torch
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

ROWS, DIMENSION, LABELLED, RARE = 100_000, 12, 20_000, 50
LANES, WINDOW, WINDOWS, INPUTS = 32, 64, 20, 3
SEEDS, EPOCHS = 10, 10


def fastest(runs, pieces, work):
    best = float("inf")
    for _ in range(runs):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best * 1e9 / pieces


def forest(folder, out):
    x = np.fromfile(folder + "/rows.f32", dtype="<f4").reshape(ROWS, DIMENSION)
    make = lambda seed: IsolationForest(n_estimators=100, max_samples=256, n_jobs=1, random_state=seed)
    out["fit"] = fastest(3, 1, lambda: make(0).fit(x))
    f = make(0).fit(x)
    out["score"] = fastest(2, ROWS, lambda: f.score_samples(x))
    out["score one"] = fastest(3, 10, lambda: [f.score_samples(x[i : i + 1]) for i in range(10)])
    some, labels = x[:LABELLED], np.arange(LABELLED) % RARE == RARE - 1
    out["auc"] = float(np.mean([roc_auc_score(labels, -make(s).fit(some).score_samples(some)) for s in range(SEEDS)]))


def steps(hidden, out):
    lstm, cell = torch.nn.LSTM(INPUTS, hidden), torch.nn.LSTMCell(INPUTS, hidden)
    linear = torch.nn.Linear(hidden + INPUTS, 1)
    x1, x0 = torch.randn(1, 1, INPUTS), torch.randn(1, INPUTS)

    def by_layer(n=2000):
        h, c = torch.zeros(1, 1, hidden), torch.zeros(1, 1, hidden)
        for _ in range(n):
            y, (h, c) = lstm(x1, (h, c))
            linear(torch.cat([y, x1], dim=2))

    def by_cell(n=2000):
        h, c = torch.zeros(1, hidden), torch.zeros(1, hidden)
        for _ in range(n):
            h, c = cell(x0, (h, c))
            linear(torch.cat([h, x0], dim=1))

    with torch.inference_mode():
        by_layer(200), by_cell(200)
        out[f"step {hidden}"] = fastest(3, 2000, by_layer)
        out[f"cell {hidden}"] = fastest(3, 2000, by_cell)


def epoch(folder, hidden, out):
    torch.manual_seed(1)
    tape = torch.from_numpy(np.fromfile(folder + "/tape.f32", dtype="<f4").reshape(LANES, WINDOWS, WINDOW, INPUTS + 1).copy())
    lstm, linear = torch.nn.LSTM(INPUTS, hidden, batch_first=True), torch.nn.Linear(hidden + INPUTS, 1)
    weights = list(lstm.parameters()) + list(linear.parameters())
    adam, huber = torch.optim.Adam(weights, 1e-3), torch.nn.HuberLoss()
    losses = []

    def once():
        losses.clear()
        state = None
        for w in range(WINDOWS):
            x, target = tape[:, w, :, :INPUTS], tape[:, w, :, INPUTS:]
            adam.zero_grad()
            h, state = lstm(x, state)
            state = tuple(s.detach() for s in state)
            loss = huber(linear(torch.cat([h, x], dim=2)), target)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            adam.step()
            losses.append(float(loss))

    out[f"epoch {hidden}"] = fastest(EPOCHS, 1, once)
    out[f"loss {hidden}"] = float(np.mean(losses))


def main():
    torch.set_num_threads(1)
    out = {}
    forest(sys.argv[1], out)
    for hidden in (32, 64):
        steps(hidden, out)
        epoch(sys.argv[1], hidden, out)
    print(json.dumps(out))


main()
