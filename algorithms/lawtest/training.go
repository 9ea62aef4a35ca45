package lawtest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"eddy/algorithms"
)

// dataset gives the rows of streams, one stream after another.
type dataset struct {
	streams []stream
	row     int
	input   algorithms.Input
}

// Next reuses one input, as the contract allows.
func (d *dataset) Next() (*algorithms.Input, bool, bool) {
	for len(d.streams) > 0 && d.row == len(d.streams[0].inputs) {
		d.streams, d.row = d.streams[1:], 0
	}
	if len(d.streams) == 0 {
		return nil, false, false
	}
	d.input = d.streams[0].inputs[d.row]
	d.row++
	return &d.input, d.row == 1, true
}

// History is a training set of what metrics look like: the streams of the laws' kinds, but not those the laws judge.
func History() algorithms.Dataset {
	return &dataset{streams: ordinaryOf(rand.New(rand.NewPCG(23, 29)))}
}

// online tells whether the algorithm trains on nothing.
func (l laws) online(t *testing.T) bool {
	m, err := l.a.Train(t.Context(), nil, nil)
	return err == nil && m != nil
}

func (l laws) tooLittleIsRefused(t *testing.T) {
	if l.online(t) {
		return
	}
	few := ordinary()[2:3]
	few[0].inputs = few[0].inputs[:40]
	for name, data := range map[string]algorithms.Dataset{"nil": nil, "empty": &dataset{}, "40 rows": &dataset{streams: few}} {
		m, err := l.a.Train(t.Context(), nil, data)
		if m != nil || !errors.Is(err, algorithms.ErrTooLittle) || !strings.Contains(err.Error(), "at least") {
			t.Errorf("trained on %s: model %v, error %v; want ErrTooLittle and how much is needed", name, m, err)
		}
	}
}

func (l laws) trainingEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, err := l.a.Train(ctx, nil, l.data())
	if !l.online(t) && (m != nil || !errors.Is(err, context.Canceled)) {
		t.Errorf("model %v, error %v; want context.Canceled", m, err)
	}
}

func (l laws) knowsItsTraining(t *testing.T) {
	var want algorithms.Training
	if !l.online(t) {
		for d := l.data(); ; want.Rows++ {
			in, isNew, ok := d.Next()
			if !ok {
				break
			}
			if isNew {
				want.Series++
			}
			if want.Rows == 0 {
				want.First, want.Last = in.Timestamp, in.Timestamp
			}
			want.First, want.Last = min(want.First, in.Timestamp), max(want.Last, in.Timestamp)
		}
	}
	info := l.train(t, nil).Info()
	if info.Trained != want {
		t.Errorf("trained on %+v; want %+v", info.Trained, want)
	}
	if want.Rows > 0 && len(info.Features) == 0 {
		t.Error("a trained model names no features")
	}
}

func (l laws) trainsDeterministically(t *testing.T) {
	if one, two := marshal(t, l.train(t, nil)), marshal(t, l.trainAnew(t, nil)); !bytes.Equal(one, two) {
		t.Errorf("equal training gave models %s and %s", algorithms.Digest(one), algorithms.Digest(two))
	}
}

// survivesAnyData: what is hostile to score is hostile to train on, alone and among ordinary series.
func (l laws) survivesAnyData(t *testing.T) {
	for name, data := range map[string][]stream{"hostile series": hostile(), "all series": streams()} {
		m, err := l.a.Train(t.Context(), nil, &dataset{streams: data})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, s := range streams() {
			checkVerdicts(t, m, s)
		}
	}
}
