#!/usr/bin/env python3
"""Writes golden.json: weights and outputs of PyTorch's nn.LSTM with a linear output on the layer and its input.

Run with Debian's python3-torch (1.13.0 when the committed file was made): python3 golden.py > golden.json
Twelve hidden units are no multiple of eight, so the padding of the Go code is tested, too.
"""
import json
import torch

torch.manual_seed(5)
torch.set_num_threads(1)
HIDDEN, INPUTS, STEPS = 12, 3, 100
lstm = torch.nn.LSTM(INPUTS, HIDDEN)
linear = torch.nn.Linear(HIDDEN + INPUTS, 1)
with torch.no_grad():
    for p in list(lstm.parameters()) + list(linear.parameters()):
        p.mul_(3)  # far enough from linear
    x = torch.randn(STEPS, 1, INPUTS) * 2
    h, _ = lstm(x)
    y = linear(torch.cat([h, x], dim=2))
flat = lambda t: [round(float(v), 7) for v in t.flatten()]
print(json.dumps({
    "hidden": HIDDEN,
    "ih": flat(lstm.weight_ih_l0), "hh": flat(lstm.weight_hh_l0),
    "bias_ih": flat(lstm.bias_ih_l0), "bias_hh": flat(lstm.bias_hh_l0),
    "out": flat(linear.weight), "out_bias": flat(linear.bias),
    "x": flat(x), "y": flat(y),
}))
