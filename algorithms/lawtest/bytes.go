package lawtest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"eddy/algorithms"
)

func marshal(t *testing.T, m algorithms.Model) []byte {
	t.Helper()
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatalf("MarshalBinary: %v", err)
	}
	return b
}

func (l laws) infoIdentifies(t *testing.T) {
	m := l.train(t, nil)
	info := m.Info()
	if info.Algorithm != l.a.Name() || info.Version == "" {
		t.Errorf("info %+v of algorithm %q", info, l.a.Name())
	}
	if want := algorithms.Digest(marshal(t, m)); info.Digest != want {
		t.Errorf("digest %q, want %q", info.Digest, want)
	}
	if n := len(info.Contributors); n < 1 || n > algorithms.MaxContributors {
		t.Errorf("%d contributors, want 1 to %d", n, algorithms.MaxContributors)
	}
	for _, p := range l.a.Parameters() {
		if p.Default == p.Max {
			continue
		}
		if other := l.train(t, map[string]float64{p.Name: p.Max}); other.Info().Digest == info.Digest {
			t.Errorf("models that differ in %q share a digest", p.Name)
		}
	}
}

func (l laws) modelSurvivesBytes(t *testing.T) {
	for i, params := range l.corners() {
		m := l.train(t, params)
		b := marshal(t, m)
		loaded, err := l.a.Load(bytes.Clone(b))
		if err != nil {
			t.Fatalf("Load of parameters %v: %v", params, err)
		}
		if !bytes.Equal(marshal(t, loaded), b) || !reflect.DeepEqual(loaded.Info(), m.Info()) || loaded.StateLen() != m.StateLen() {
			t.Errorf("the loaded model of parameters %v is another one: %+v, want %+v", params, loaded.Info(), m.Info())
		}
		for _, s := range streams() {
			if d := run(m, fresh(m), s.inputs).differs(run(loaded, fresh(loaded), s.inputs)); d != "" {
				t.Errorf("%s, corner %d: %s of the loaded model differ", s.name, i, d)
			}
		}
		clear(b) // the caller's to change
		if marshal(t, m); bytes.Equal(marshal(t, m), b) {
			t.Error("MarshalBinary hands out the model's own bytes")
		}
	}
}

func (l laws) damagedBytesAreRefused(t *testing.T) {
	b := marshal(t, l.train(t, nil))
	stride := max(1, len(b)/200)
	for i := 0; i < len(b); i += stride {
		l.refuses(t, b[:i], fmt.Sprintf("%d of %d bytes", i, len(b)))
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			damaged := bytes.Clone(b)
			damaged[i] ^= flip
			l.refuses(t, damaged, fmt.Sprintf("byte %d xor %#x", i, flip))
		}
	}
	l.refuses(t, append(bytes.Clone(b), 0), "one byte too many")
	l.refuses(t, append(bytes.Clone(b), b...), "twice the model")
}

func (l laws) foreignBytesAreRefused(t *testing.T) {
	l.refuses(t, nil, "nothing")
	l.refuses(t, []byte("{}"), "JSON")
	l.refuses(t, make([]byte, 4096), "zeros")
	info := l.train(t, nil).Info()
	for _, other := range []struct{ name, version string }{
		{"someone-else", info.Version}, {info.Algorithm, info.Version + "0"}, {"", ""}, {info.Algorithm, info.Version},
	} {
		b, err := algorithms.Seal(other.name, other.version, []byte("not what this algorithm writes"))
		if err != nil {
			t.Fatal(err)
		}
		l.refuses(t, b, fmt.Sprintf("an envelope of %+v", other))
	}
}

func (l laws) refuses(t *testing.T, b []byte, what string) {
	t.Helper()
	m, err := l.a.Load(b)
	if !errors.Is(err, algorithms.ErrModel) || m != nil {
		t.Errorf("Load of %s: model %v, error %v; want ErrModel", what, m, err)
	}
}
