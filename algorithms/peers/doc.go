// Command peers holds the isolation forest and the LSTM against scikit-learn and PyTorch: the same data, one thread each,
// in turns, the least processor time of each side. `make bench-peers` runs it; it needs Debian's python3-sklearn and python3-torch.
//
// What is compared: growing a forest of 100 trees of 256 rows from 100,000 rows, scoring these all at once and one by one,
// and the ROC-AUC on labelled rows; a step of an LSTM with its linear output, beside nn.LSTM and beside the leaner
// nn.LSTMCell; and an epoch of training over windows of 64 in batches of 32, with the loss it ends at.
package main
