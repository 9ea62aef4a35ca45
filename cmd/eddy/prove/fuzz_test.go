package prove

import (
	"bytes"
	"testing"

	"eddy/schema"
	"eddy/stream"
)

// Whatever stands in the anomaly stream under an id, only the event that the replay makes is proved.
func FuzzEvent(f *testing.F) {
	f.Add(event("a-0", 1, ""))
	f.Add(measured(event("a-0", 3, "up")))
	f.Add([]byte(`{"id":"a-0","data":{"partition":-1,"sequence":18446744073709551615}}`))
	f.Add([]byte(`{"id":"x","data":{"anomaly_id":"a-0","labels":null}}`))
	f.Add([]byte(`a-0`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := store()
		l[schema.AnomalyStream] = []stream.Message{{Subject: schema.AnomalySubject("t", "info", 0), Data: data}}
		results, err := verifier(l, echo{}).Verify(t.Context(), "a-0")
		if (err == nil) == (len(results) == 0) {
			t.Fatalf("%d results, %v", len(results), err)
		}
		for _, r := range results {
			if r.OK && !bytes.Equal(strip(data), event("a-0", 1, "")) {
				t.Errorf("proved: %s", data)
			}
			if r.OK == (r.Diff() != "") {
				t.Errorf("OK %v, difference %q", r.OK, r.Diff())
			}
		}
	})
}
