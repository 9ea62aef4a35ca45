package ingest

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// slowBody lets time pass before its end.
type slowBody struct {
	io.Reader
	h    *harness
	took time.Duration
}

func (b *slowBody) Read(p []byte) (int, error) {
	b.h.nowMS.Add(b.took.Milliseconds())
	b.took = 0
	return b.Reader.Read(p)
}

func (*slowBody) Close() error { return nil }

// TestRequestDurations: rate, errors and duration of requests are there, each by what became of them.
func TestRequestDurations(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxSeries: 1})
	send := func(instance string, took time.Duration) {
		r := request(typeV1, snappy.Encode(nil, marshalV1(t, up(instance, h.nowMS.Load()-base))))
		r.Body = &slowBody{Reader: r.Body, h: h, took: took}
		h.do(r)
	}
	send("a", 300*time.Millisecond)
	send("a", 100*time.Millisecond)
	send("b", 20*time.Millisecond) // beyond the quota
	h.log.setFail(func(int) error { return io.ErrClosedPipe })
	send("a", time.Second)
	got := map[string]string{}
	for _, class := range []string{"2xx", "4xx", "5xx"} {
		var m dto.Metric
		if err := h.g.metrics.requestSeconds.WithLabelValues(class).(prometheus.Metric).Write(&m); err != nil {
			t.Fatal(err)
		}
		got[class] = fmt.Sprintf("%d in %.2f s", m.GetHistogram().GetSampleCount(), m.GetHistogram().GetSampleSum())
	}
	check(t, got, map[string]string{"2xx": "2 in 0.40 s", "4xx": "1 in 0.02 s", "5xx": "1 in 1.00 s"})
}
