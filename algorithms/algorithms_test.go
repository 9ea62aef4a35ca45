package algorithms_test

import (
	"crypto/sha256"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms"
)

func TestScore(t *testing.T) {
	t.Parallel()
	f := func(p, want float64) {
		t.Helper()
		if got := algorithms.Score(p); math.Abs(got-want) > 1e-9 {
			t.Errorf("Score(%v) = %v; want %v", p, got, want)
		}
	}
	f(1, 0)
	f(1e-6, 0.5)
	f(1e-24, 0.8)
	f(0, 1)
	f(2, 0)
	f(-1, 0)
	f(math.NaN(), 0)
}

func TestRarityIsTheInverseOfTheScore(t *testing.T) {
	t.Parallel()
	for _, decades := range []float64{0, 0.1, 1, 6, 24, 1e6} {
		if got := algorithms.Rarity(algorithms.ScoreFromRarity(decades)); math.Abs(got-decades) > 1e-6*decades {
			t.Errorf("%v decades come back as %v", decades, got)
		}
	}
	if got := algorithms.Rarity(1); !math.IsInf(got, 1) {
		t.Errorf("Rarity(1) = %v; want infinity", got)
	}
}

func space() []algorithms.Parameter {
	return []algorithms.Parameter{
		{Name: "depth", Default: 8, Min: 1, Max: 64, Integer: true},
		{Name: "rate", Default: 0.1, Min: 0.01, Max: 1},
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	f := func(given map[string]float64, want ...float64) {
		t.Helper()
		got, err := algorithms.Resolve(space(), given)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("Resolve(%v) = %v, %v; want %v", given, got, err, want)
		}
	}
	f(nil, 8, 0.1)
	f(map[string]float64{"rate": 1}, 8, 1)
	f(map[string]float64{"rate": 0.01, "depth": 64}, 64, 0.01)
}

func TestResolveNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := algorithms.Resolve(space(), map[string]float64{"depth": 2.5, "rate": math.NaN(), "b": 1, "a": 1})
	want := `parameter "depth" is 2.5; it must be a whole number, 1 to 64
parameter "rate" is NaN; it must be 0.01 to 1
parameter "a" is unknown
parameter "b" is unknown`
	if err == nil || err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	sealed, err := algorithms.Seal("forest", "3", []byte("trees"))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := algorithms.Open("forest", "3", sealed)
	if err != nil || string(payload) != "trees" {
		t.Errorf("Open = %q, %v", payload, err)
	}
	f := func(name, version string, data []byte, want string) {
		t.Helper()
		if _, err := algorithms.Open(name, version, data); !errors.Is(err, algorithms.ErrModel) || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q, %q) = %v; want %q", name, version, err, want)
		}
	}
	f("lstm", "3", sealed, `made by algorithm "forest", want "lstm"`)
	f("forest", "4", sealed, `made by version "3" of forest, want "4"`)
	f("forest", "3", sealed[:len(sealed)-1], "damaged")
	f("forest", "3", []byte("edm1"), "no format known")
	if _, err := algorithms.Seal(strings.Repeat("x", 256), "1", nil); err == nil {
		t.Error("a name that does not fit was sealed")
	}
}

func TestTrainedEnvelope(t *testing.T) {
	t.Parallel()
	info := algorithms.Info{
		Algorithm: "forest", Version: "3", Features: []string{"residual", "gap"},
		Trained: algorithms.Training{Rows: 7, Series: 2, First: -5, Last: 1 << 60},
	}
	sealed, err := algorithms.SealTrained(info, []byte("trees"))
	if err != nil {
		t.Fatal(err)
	}
	info.Digest = algorithms.Digest(sealed)
	payload, got, err := algorithms.OpenTrained("forest", "3", sealed)
	if diff := cmp.Diff(info, got); err != nil || string(payload) != "trees" || diff != "" {
		t.Errorf("OpenTrained = %q, %v; info (-want +got):\n%s", payload, err, diff)
	}
	online, err := algorithms.Seal("forest", "3", []byte("trees"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(version string, data []byte, want string) {
		t.Helper()
		if _, _, err := algorithms.OpenTrained("forest", version, data); !errors.Is(err, algorithms.ErrModel) || !strings.Contains(err.Error(), want) {
			t.Errorf("OpenTrained = %v; want %q", err, want)
		}
	}
	f("4", sealed, `made by version "3" of forest, want "4"`)
	f("3", sealed[:60], "damaged")
	f("3", online, `format "edm1", but forest is read from "edm2"`)
	f("3", resum(sealed, func(b []byte) []byte { b[3] = '9'; return b }), `format "edm9"`)
	f("3", resum(sealed, func(b []byte) []byte { return b[:30] }), "incomplete")
	f("3", resum(sealed, func(b []byte) []byte { return b[:len(b)-10] }), "incomplete")
	info.Features = make([]string, 256)
	if _, err := algorithms.SealTrained(info, nil); err == nil {
		t.Error("more features than fit were sealed")
	}
}

// resum changes what an envelope holds and makes its sum fit again.
func resum(sealed []byte, change func([]byte) []byte) []byte {
	body := change(append([]byte(nil), sealed[:len(sealed)-8]...))
	sum := sha256.Sum256(body)
	return append(body, sum[:8]...)
}

func FuzzOpenTrained(f *testing.F) {
	sealed, err := algorithms.SealTrained(algorithms.Info{Algorithm: "forest", Version: "3", Features: []string{"gap"}}, []byte("trees"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed[:len(sealed)-8])
	f.Add([]byte("edm2\x06forest\x013"))
	f.Fuzz(func(t *testing.T, data []byte) {
		data = resum(append(data, make([]byte, 8)...), func(b []byte) []byte { return b })
		payload, info, err := algorithms.OpenTrained("forest", "3", data)
		if err != nil {
			if !errors.Is(err, algorithms.ErrModel) {
				t.Fatalf("error %v is no ErrModel", err)
			}
			return
		}
		if again, err := algorithms.SealTrained(info, payload); err != nil || string(again) != string(data) {
			t.Fatalf("%q opens but is not what SealTrained writes", data)
		}
	})
}

func FuzzOpen(f *testing.F) {
	sealed, err := algorithms.Seal("forest", "3", []byte("trees"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte("edm1\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		payload, err := algorithms.Open("forest", "3", data)
		if err != nil {
			if !errors.Is(err, algorithms.ErrModel) {
				t.Fatalf("error %v is no ErrModel", err)
			}
			return
		}
		if again, err := algorithms.Seal("forest", "3", payload); err != nil || string(again) != string(data) {
			t.Fatalf("%q opens but is not what Seal writes", data)
		}
	})
}
