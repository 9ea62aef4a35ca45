#!/usr/bin/env python3
"""Writes golden.json: what scikit-learn's IsolationForest gives on three generated data sets.

Run with Debian's python3-sklearn (1.2.1 when the committed file was made): python3 golden.py > golden.json
The generator is repeated in golden_test.go, number for number, so that no data need be committed.
"""
import json
import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

MASK = (1 << 64) - 1


class Random:  # splitmix64
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) / (1 << 53)

    def normal(self):  # Irwin and Hall: near enough, and the same in every language
        total = 0.0
        for _ in range(12):
            total += self.uniform()
        return total - 6


def scattered(r, anomaly):
    return [12 * r.uniform() - 6 for _ in range(6)] if anomaly else [r.normal() for _ in range(6)]


def correlated(r, anomaly):
    x = r.normal()
    return [x, (-x if anomaly else x) + 0.2 * r.normal(), 0.5 * x + 0.2 * r.normal()]


def clusters(r, anomaly):
    centre = 1.5 if anomaly else (0.0 if r.uniform() < 0.5 else 4.0)
    return [centre + 0.5 * r.normal() for _ in range(4)]


def rows(make, n):
    r = Random(7)
    x, y = [], []
    for i in range(n):
        y.append(i % 40 == 39)
        x.append(make(r, y[-1]))
    return np.array(x, dtype=np.float32), np.array(y)


golden = {}
for make in (scattered, correlated, clusters):
    x, y = rows(make, 4000)
    aucs, scores = [], np.zeros(len(x))
    for seed in range(40):
        forest = IsolationForest(n_estimators=100, max_samples=256, random_state=seed, n_jobs=1).fit(x)
        s = -forest.score_samples(x)
        aucs.append(roc_auc_score(y, s))
        scores += s / 40
    golden[make.__name__] = {
        "auc": round(float(np.mean(aucs)), 6),
        "scores": [round(float(s), 6) for s in scores[:80]],
    }
print(json.dumps(golden, indent=1))
