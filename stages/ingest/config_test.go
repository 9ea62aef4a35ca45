package ingest

import (
	"strings"
	"testing"
	"time"
)

func TestTheZeroConfigWorks(t *testing.T) {
	t.Parallel()
	check(t, Config{}.Validate(), nil)
	check(t, Config{}.WithDefaults().WithDefaults(), Config{}.WithDefaults())
}

func TestConfigFaultsAreReportedTogether(t *testing.T) {
	t.Parallel()
	err := Config{MaxSeries: -1, MaxSeriesElements: 8193, MaxInflightBytes: 1, MaxFuture: -time.Second, HA: HAConfig{ClusterLabel: "x", ReplicaLabel: "x"}}.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"ingest.max_series: -1", "ingest.max_series_elements: 8193", "ingest.max_inflight_bytes", "ingest.max_future", `both "x"`} {
		check(t, strings.Contains(err.Error(), want), true)
	}
	_, err = New(Config{MaxSeries: -1}, nullLog{}, 1, time.Now, NewMetrics(nil))
	check(t, err != nil, true)
	_, err = New(Config{}, nullLog{}, 0, time.Now, NewMetrics(nil))
	check(t, err != nil, true)
}
