package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"eddy/cmd/eddy/demo"
	"eddy/schema"
	"eddy/stream"
)

func TestExplainTellsOfAnAnomaly(t *testing.T) {
	t.Parallel()
	broker, url := server(t)
	id := lived(t, broker)
	var event schema.Event
	if err := broker.Follow(t.Context(), schema.AnomalyStream, nil, stream.Start{}, func(m stream.Message) error {
		if err := json.Unmarshal(m.Data, &event); err != nil || event.Data.ID == id {
			return errFound
		}
		return nil
	}); err != errFound {
		t.Fatal(err)
	}
	args := []string{"explain", "--nats.url", url, "--tenant", demo.Tenant}
	code, out, errs := command(t, append(args, event.Subject, event.Time)...)
	if code != exitOK || !strings.HasPrefix(out, event.Subject+"\n") || !strings.Contains(out, "Reported: anomaly "+id) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	began := time.Now().Add(-90 * time.Second).Format(time.RFC3339)
	code, out, errs = command(t, append(args, "--output", "json", event.Subject, began)...)
	if code != exitOK || !json.Valid([]byte(out)) || !strings.Contains(out, `"reported": false`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	f := func(want string, args ...string) {
		t.Helper()
		if code, _, errs := command(t, append([]string{"explain", "--nats.url", url}, args...)...); code != exitFailed || !strings.Contains(errs, want) {
			t.Errorf("%v: exit %d: %s; want %q", args, code, errs, want)
		}
	}
	f("holds no sample of such a series", "nothing_like_it", "now")
	f("is no PromQL selector", "up{", "now")
	f("is no moment", "up", "yesterday")
	f("tenant", "--tenant", "a b", "up", "now")
}
