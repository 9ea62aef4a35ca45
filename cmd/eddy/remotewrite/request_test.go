package remotewrite

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"google.golang.org/protobuf/encoding/protowire"

	"eddy/schema"
)

func fleet(n int) []schema.Labels {
	series := make([]schema.Labels, n)
	for i := range series {
		series[i] = schema.LabelsFromMap(map[string]string{
			"__name__": "http_requests_total", "job": "api", "instance": fmt.Sprintf("10.0.0.%d:8080", i), "method": "GET",
		})
	}
	return series
}

// point is what a receiver reads out of a request.
type point struct {
	Series string
	Time   int64
	Value  float64
}

// decode reads either protocol with protowire, which knows nothing of the encoder.
func decode(t *testing.T, protocol Protocol, body []byte) []point {
	t.Helper()
	var symbols []string
	var points []point
	each(t, body, func(field protowire.Number, content []byte) {
		switch {
		case protocol == V2 && field == 4:
			symbols = append(symbols, string(content))
		case protocol == V1 && field == 1, protocol == V2 && field == 5:
			points = append(points, decodeSeries(t, protocol, symbols, content))
		default:
			t.Errorf("unexpected field %d", field)
		}
	})
	return points
}

func decodeSeries(t *testing.T, protocol Protocol, symbols []string, body []byte) point {
	t.Helper()
	var labels schema.Labels
	var p point
	each(t, body, func(field protowire.Number, content []byte) {
		switch {
		case field == 2:
			p.Value = math.Float64frombits(binary.LittleEndian.Uint64(content[1:]))
			ts, n := protowire.ConsumeVarint(content[10:])
			if n != timestampBytes || len(content) != sampleBytes {
				t.Errorf("sample of %d bytes, timestamp of %d", len(content), n)
			}
			p.Time = int64(ts)
		case protocol == V1:
			labels = append(protowire.AppendTag(labels, 1, protowire.BytesType), protowire.AppendBytes(nil, content)...)
			p.Series += labels.String()
		default:
			for len(content) > 0 {
				name, n := protowire.ConsumeVarint(content)
				value, m := protowire.ConsumeVarint(content[n:])
				labels = schema.AppendLabel(labels, symbols[name], symbols[value])
				content = content[n+m:]
			}
			p.Series = labels.String()
		}
	})
	return p
}

func each(t *testing.T, body []byte, fn func(protowire.Number, []byte)) {
	t.Helper()
	for len(body) > 0 {
		field, kind, n := protowire.ConsumeTag(body)
		if n < 0 || kind != protowire.BytesType {
			t.Fatalf("not a length-delimited field: %v", protowire.ParseError(n))
		}
		content, m := protowire.ConsumeBytes(body[n:])
		if m < 0 {
			t.Fatal(protowire.ParseError(m))
		}
		fn(field, content)
		body = body[n+m:]
	}
}

func TestRequestSaysWhatWasSet(t *testing.T) {
	t.Parallel()
	series := fleet(3)
	for _, protocol := range []Protocol{V1, V2} {
		r, err := NewRequest(protocol, series)
		if err != nil {
			t.Fatal(err)
		}
		var want []point
		for i, l := range series {
			r.Set(i, 1e12, -1)                               // overwritten
			r.Set(i, 1790000000000+int64(i), 1.5*float64(i)) // what counts
			name := l.String()
			if protocol == V1 {
				name = "" // V1 labels are compared byte by byte below
			}
			want = append(want, point{name, 1790000000000 + int64(i), 1.5 * float64(i)})
		}
		body, err := s2.Decode(nil, r.Compress(nil))
		if err != nil {
			t.Fatal(err)
		}
		got := decode(t, protocol, body)
		if protocol == V1 {
			for i := range got {
				got[i].Series = ""
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("protocol %d (-want +got):\n%s", protocol, diff)
		}
	}
}

func TestV1LabelsAreTheSeriesOwnBytes(t *testing.T) {
	t.Parallel()
	series := fleet(2)
	r, err := NewRequest(V1, series)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	each(t, r.body, func(_ protowire.Number, content []byte) {
		if got := schema.Labels(content[:len(content)-2-sampleBytes]).String(); got != series[i].String() {
			t.Errorf("series %d: got %s, want %s", i, got, series[i])
		}
		i++
	})
}

func TestTimestampsOutsideTheRangeAreMoved(t *testing.T) {
	t.Parallel()
	r, err := NewRequest(V2, fleet(1))
	if err != nil {
		t.Fatal(err)
	}
	f := func(in, want int64) {
		t.Helper()
		r.Set(0, in, 1)
		if got := decode(t, V2, r.body)[0].Time; got != want {
			t.Errorf("set %d: got %d, want %d", in, got, want)
		}
	}
	f(-1, minTimestamp)
	f(0, minTimestamp)
	f(minTimestamp, minTimestamp)
	f(maxTimestamp-1, maxTimestamp-1)
	f(math.MaxInt64, maxTimestamp-1)
}

func TestUnknownProtocolAndBrokenLabels(t *testing.T) {
	t.Parallel()
	if _, err := NewRequest(3, nil); err == nil {
		t.Error("protocol 3 accepted")
	}
	if _, err := NewRequest(V2, []schema.Labels{{1, 2, 3}}); err == nil {
		t.Error("broken labels accepted")
	}
}

func TestSetAllocatesNothing(t *testing.T) {
	r, err := NewRequest(V1, fleet(1))
	if err != nil {
		t.Fatal(err)
	}
	buf := r.Compress(nil)
	if n := testing.AllocsPerRun(100, func() { r.Set(0, 1790000000000, 1); buf = r.Compress(buf) }); n > 0 {
		t.Errorf("%v allocations per request", n)
	}
}

func BenchmarkPatchAndCompress(b *testing.B) {
	for _, protocol := range []Protocol{V1, V2} {
		b.Run(fmt.Sprintf("v%d", protocol), func(b *testing.B) {
			series := make([]schema.Labels, 2000)
			for i := range series {
				m := map[string]string{"__name__": "http_requests_total"}
				for k := range 9 {
					m[fmt.Sprintf("label_%d", k)] = fmt.Sprintf("value-%d-%05d", k, i>>k)
				}
				series[i] = schema.LabelsFromMap(m)
			}
			r, err := NewRequest(protocol, series)
			if err != nil {
				b.Fatal(err)
			}
			var buf []byte
			now := int64(1790000000000)
			b.ReportAllocs()
			for b.Loop() {
				now += 1000
				for i := range series {
					r.Set(i, now, float64(i)*1.37+float64(now))
				}
				buf = r.Compress(buf)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(series)), "ns/sample")
			b.ReportMetric(float64(len(buf))/float64(len(series)), "wire-B/sample")
		})
	}
}
