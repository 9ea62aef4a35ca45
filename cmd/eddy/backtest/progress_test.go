package backtest

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := Progress{Out: &b, Total: 2}
	p.Advance(0, 0.5)
	p.Advance(1, 0.25)
	p.show(3 * time.Second)
	p.Step(10)
	p.Advance(1, 0.5)
	p.show(3 * time.Second)
	p.done = p.Total
	p.show(4 * time.Second)
	want := "0 of 2 entities, 38 %, 0 rows, 5s left\n1 of 2 entities, 50 %, 10 rows, 3s left\n2 of 2 entities, 100 %, 10 rows, 0s left\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
