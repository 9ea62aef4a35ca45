package isolation_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"sort"
	"testing"

	"eddy/algorithms/internal/isolation"
)

// What scikit-learn gives on the same rows, the mean of forty seeds; testdata/golden.py says how it was made.
//
//go:embed testdata/golden.json
var golden []byte

// splitmix is the generator of golden.py.
type splitmix uint64

func (s *splitmix) uniform() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) / (1 << 53)
}

func (s *splitmix) normal() float64 {
	sum := 0.0
	for range 12 {
		sum += s.uniform()
	}
	return sum - 6
}

func scattered(r *splitmix, anomaly bool) (v isolation.Vector, dimension int) {
	for i := range 6 {
		if anomaly {
			v[i] = float32(12*r.uniform() - 6)
		} else {
			v[i] = float32(r.normal())
		}
	}
	return v, 6
}

func correlated(r *splitmix, anomaly bool) (v isolation.Vector, dimension int) {
	x := r.normal()
	y := x
	if anomaly {
		y = -x
	}
	v[0] = float32(x)
	v[1] = float32(y + float64(0.2*r.normal()))
	v[2] = float32(float64(0.5*x) + float64(0.2*r.normal()))
	return v, 3
}

func clusters(r *splitmix, anomaly bool) (v isolation.Vector, dimension int) {
	centre := 1.5
	if !anomaly {
		centre = 0
		if r.uniform() >= 0.5 {
			centre = 4
		}
	}
	for i := range 4 {
		v[i] = float32(centre + float64(0.5*r.normal()))
	}
	return v, 4
}

func TestScoresAreThoseOfScikitLearn(t *testing.T) {
	t.Parallel()
	var want map[string]struct {
		AUC    float64
		Scores []float64
	}
	if err := json.Unmarshal(golden, &want); err != nil {
		t.Fatal(err)
	}
	for name, make := range map[string]func(*splitmix, bool) (isolation.Vector, int){
		"scattered": scattered, "correlated": correlated, "clusters": clusters,
	} {
		r := splitmix(7)
		rows, dimension := []isolation.Vector{}, 0
		for i := range 4000 {
			var v isolation.Vector
			v, dimension = make(&r, i%40 == 39)
			rows = append(rows, v)
		}
		auc, mean := meanOfTwenty(t, rows, dimension)
		if math.Abs(auc-want[name].AUC) > 0.01 {
			t.Errorf("%s: ROC-AUC %.4f; scikit-learn has %.4f", name, auc, want[name].AUC)
		}
		for i, s := range want[name].Scores {
			if math.Abs(mean[i]-s) > 0.01 { // either is a mean over thousands of trees, which has an error of its own
				t.Errorf("%s, row %d scores %.4f; scikit-learn has %.4f", name, i, mean[i], s)
			}
		}
	}
}

// meanOfTwenty gives the mean ROC-AUC and the mean scores of forests of twenty seeds.
func meanOfTwenty(t *testing.T, rows []isolation.Vector, dimension int) (auc float64, mean []float64) {
	mean = make([]float64, len(rows))
	scores := make([]float64, len(rows))
	for seed := range uint64(20) {
		f, err := isolation.Grow(t.Context(), rows, dimension, 100, 256, seed)
		if err != nil {
			t.Fatal(err)
		}
		f.ScoreAll(scores, rows)
		for i, s := range scores {
			mean[i] += s / 20
		}
		auc += rocAUC(scores) / 20
	}
	return auc, mean
}

// rocAUC is the share of pairs in which the anomaly, every fortieth row, scores higher.
func rocAUC(scores []float64) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return scores[order[a]] < scores[order[b]] })
	pairs, normal, anomalies := 0.0, 0.0, 0.0
	for _, i := range order {
		if i%40 == 39 {
			anomalies++
			pairs += normal
		} else {
			normal++
		}
	}
	return pairs / (normal * anomalies)
}
