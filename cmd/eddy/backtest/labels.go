package backtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Window is a time in which something was wrong, both ends included, in Unix milliseconds.
type Window struct{ From, To int64 }

// Labels says when something was wrong: by the file's path below the folder, as {"path": [["from","to"], …]}, which is the
// form of the Numenta Anomaly Benchmark.
type Labels map[string][]Window

// ReadLabels reads such a file.
func ReadLabels(path string) (Labels, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--labels: %w", err)
	}
	l, err := ParseLabels(data)
	if err != nil {
		return nil, fmt.Errorf("--labels: %s: %w", path, err)
	}
	return l, nil
}

// ParseLabels parses such a file.
func ParseLabels(data []byte) (Labels, error) {
	var raw map[string][][]string
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	l := Labels{}
	for path, windows := range raw {
		l[path] = nil
		for _, w := range windows {
			if len(w) != 2 {
				return nil, fmt.Errorf("%s: a window is [from, to], not %q", path, w)
			}
			from, err := parseTime(w[0])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			to, err := parseTime(w[1])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			l[path] = append(l[path], Window{from, to})
		}
	}
	return l, nil
}

// FindLabels looks for windows.json beside or above a folder of CSV files; "" when there is none.
func FindLabels(root string) string {
	for _, dir := range []string{root, filepath.Dir(filepath.Clean(root))} {
		path := filepath.Join(dir, "windows.json")
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	return ""
}

// windows are a table's: from the labels, else from its own label column. Known is false when neither says anything.
func (l Labels) windows(t *Table) (list []Window, known bool) {
	if w, ok := l[filepath.ToSlash(t.Path)]; ok {
		return w, true
	}
	if t.Label == nil {
		return nil, false
	}
	for k := 0; k < len(t.Label); k++ {
		if !t.Label[k] {
			continue
		}
		from := k
		for k+1 < len(t.Label) && t.Label[k+1] {
			k++
		}
		list = append(list, Window{t.Times[from], t.Times[k]})
	}
	return list, true
}

// within tells whether two spans touch.
func (w Window) within(from, to int64) bool { return from <= w.To && to >= w.From }
