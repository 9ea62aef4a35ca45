package stream_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"eddy/stream"
	"eddy/stream/streamtest"
)

// Who takes over a partition at rest says where it stands; who has left one says nothing of it any more.
func TestPositionsAreThoseOfWhoRunsThePartition(t *testing.T) {
	t.Parallel()
	broker := streamtest.NewMemory()
	input := streamtest.Input(30, 71)
	streamtest.Feed(t, broker, input)
	streamtest.Run{Broker: broker, Owners: 1}.UntilRoot(t, 30)
	reg := prometheus.NewRegistry()
	runner := stream.NewRunner(broker, streamtest.ChainStage(), 0, "x", stream.Config{}, stream.NewMetrics(reg), zerolog.Nop())
	page := func() string {
		var page strings.Builder
		for _, name := range []string{"eddy_stage_position", "eddy_stage_lag_messages"} {
			families, err := reg.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range families {
				if f.GetName() == name {
					page.WriteString(f.String())
				}
			}
		}
		return page.String()
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	for !strings.Contains(page(), "lag_messages") {
		<-time.After(time.Millisecond)
	}
	if got := page(); !strings.Contains(page(), "value:30") {
		t.Errorf("at rest: %s", got)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := page(); got != "" {
		t.Errorf("after it has left: %s", got)
	}
}
