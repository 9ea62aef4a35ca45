package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"text/tabwriter"
)

//go:embed peers.py
var script []byte

// times are nanoseconds, or qualities, by the name of what was measured.
type times map[string]float64

func main() {
	python := flag.String("python", "python3", "interpreter that has scikit-learn and PyTorch")
	rounds := flag.Int("rounds", 3, "turns of each side; the best counts")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	if err := run(*python, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(python string, rounds int) error {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d := generate()
	if err := d.write(dir); err != nil {
		return err
	}
	ours, theirs := times{}, times{}
	for range rounds {
		mine, err := measure(d)
		if err != nil {
			return err
		}
		keepBest(ours, mine)
		peer, err := measurePeers(python, dir)
		if err != nil {
			return err
		}
		keepBest(theirs, peer)
	}
	return report(ours, theirs)
}

// keepBest keeps the least of what was measured; qualities are the same each time.
func keepBest(best, now times) {
	for name, v := range now {
		if old, ok := best[name]; !ok || v < old {
			best[name] = v
		}
	}
}

// measurePeers runs the Python side, which prints one JSON object.
func measurePeers(python, dir string) (times, error) {
	file := filepath.Join(dir, "peers.py")
	if err := os.WriteFile(file, script, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(python, file, dir)
	// Threads are counted when the libraries load, so it has to be the environment.
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("the Python side: %w", err)
	}
	var t times
	if err := json.Unmarshal(out.Bytes(), &t); err != nil {
		return nil, fmt.Errorf("the Python side printed %.200q: %w", out.String(), err)
	}
	return t, nil
}

// row is one line of the table.
type row struct {
	what, key string
	against   string // key of the peer's side, if it is another one
	per       float64
	unit      string
	target    float64 // times as fast, at least; 0 where none is set
}

func report(ours, theirs times) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "one thread, least processor time\teddy\tpeer\tunit\ttimes as fast\ttarget\t")
	for _, r := range []row{
		{what: "forest: fit 100 trees, 100k rows", key: "fit", per: 1e6, unit: "ms", target: 10},
		{what: "forest: score 100k rows, each", key: "score", per: 1e3, unit: "us", target: 10},
		{what: "forest: score one row", key: "score one", per: 1e3, unit: "us"},
		{what: "lstm 32: step, nn.LSTM", key: "step 32", per: 1e3, unit: "us", target: 20},
		{what: "lstm 32: step, nn.LSTMCell", key: "step 32", against: "cell 32", per: 1e3, unit: "us", target: 20},
		{what: "lstm 64: step, nn.LSTM", key: "step 64", per: 1e3, unit: "us", target: 20},
		{what: "lstm 64: step, nn.LSTMCell", key: "step 64", against: "cell 64", per: 1e3, unit: "us", target: 20},
		{what: "lstm 32: epoch of 40,960 steps", key: "epoch 32", per: 1e6, unit: "ms", target: 2},
		{what: "lstm 64: epoch of 40,960 steps", key: "epoch 64", per: 1e6, unit: "ms", target: 2},
	} {
		peer := theirs[r.key]
		if r.against != "" {
			peer = theirs[r.against]
		}
		target, factor := "", peer/ours[r.key]
		if r.target > 0 {
			verdict := "met"
			if factor < r.target {
				verdict = "MISSED"
			}
			target = fmt.Sprintf(">= %v %s", r.target, verdict)
		}
		fmt.Fprintf(w, "%s\t%.3g\t%.3g\t%s\t%.1f\t%s\t\n", r.what, ours[r.key]/r.per, peer/r.per, r.unit, factor, target)
	}
	for _, r := range []row{
		{what: "forest: ROC-AUC, mean of 10 seeds", key: "auc"},
		{what: "lstm 32: loss after the epochs", key: "loss 32"},
		{what: "lstm 64: loss after the epochs", key: "loss 64"},
	} {
		fmt.Fprintf(w, "%s\t%.4f\t%.4f\t\t\t\t\n", r.what, ours[r.key], theirs[r.key])
	}
	for _, r := range []row{
		{what: "forest: verdict, p99", key: "forest p99"}, {what: "lstm 32: verdict, p99", key: "lstm 32 p99"},
		{what: "lstm 64: verdict, p99", key: "lstm 64 p99"},
	} {
		fmt.Fprintf(w, "%s\t%.3g\t\tus\t\t< 100\t\n", r.what, ours[r.key]/1e3)
	}
	return w.Flush()
}
