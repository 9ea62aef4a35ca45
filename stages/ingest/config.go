package ingest

import (
	"errors"
	"fmt"
	"time"

	"eddy/schema"
)

// Config bounds what senders may do. The zero value works: every unset field takes its default.
type Config struct {
	// MaxSeries is how many active series a tenant may have; new ones beyond are refused with 429. Default 2000000 series.
	MaxSeries int `yaml:"max_series"`
	// MaxTenants is how many tenants may be active; new ones beyond are refused with 429. Default 10000 tenants.
	MaxTenants int `yaml:"max_tenants"`
	// MaxLabels is how many labels a series may have, its name included. Default 64 labels.
	MaxLabels int `yaml:"max_labels"`
	// MaxNameBytes bounds a label's name and a metric's name. Default 1024 bytes.
	MaxNameBytes int `yaml:"max_name_bytes"`
	// MaxValueBytes bounds a label's value. Default 8192 bytes.
	MaxValueBytes int `yaml:"max_value_bytes"`
	// MaxBodyBytes bounds a request as it arrives, compressed; 413 beyond. Default 33554432 bytes.
	MaxBodyBytes int `yaml:"max_body_bytes"`
	// MaxDecodedBytes bounds a request once decompressed, and in 1.0 form; 400 beyond. Default 33554432 bytes.
	MaxDecodedBytes int `yaml:"max_decoded_bytes"`
	// MaxRequestSeries is how many series one request may carry. Default 50000 series.
	MaxRequestSeries int `yaml:"max_request_series"`
	// MaxSeriesElements is how many labels, samples, histograms and exemplars one series of a request may carry
	// together. Default 2000 elements.
	MaxSeriesElements int `yaml:"max_series_elements"`
	// MaxSymbols is how many symbols a 2.0 request may carry. Default 500000 symbols.
	MaxSymbols int `yaml:"max_symbols"`
	// MaxInflightBytes bounds the memory of all requests being worked on; 503 beyond. It must hold the largest single
	// request: decoded, in 1.0 form, and copied for the log. Default 201326592 bytes.
	MaxInflightBytes int `yaml:"max_inflight_bytes"`
	// MaxMetadata is how many metric types a tenant may declare; more are ignored and inferred. Default 50000 names.
	MaxMetadata int `yaml:"max_metadata"`
	// MaxFuture is how far ahead of the clock a sample may be. Default 10m.
	MaxFuture time.Duration `yaml:"max_future"`
	// IdleAfter is when a series that is not sent any more stops counting as active. Default 1h.
	IdleAfter time.Duration `yaml:"idle_after"`
	// AppendTimeout bounds one append to the log; 503 beyond. Default 10s.
	AppendTimeout time.Duration `yaml:"append_timeout"`
	// HA deduplicates pairs of identical senders.
	HA HAConfig `yaml:"ha"`
}

// HAConfig says how replicas of one sender are recognised: two Prometheus servers that scrape the same targets and
// differ in one external label.
type HAConfig struct {
	// Disabled accepts the samples of every replica, each as series of its own. Default false.
	Disabled bool `yaml:"disabled"`
	// ClusterLabel names the label that replicas share. Default "cluster".
	ClusterLabel string `yaml:"cluster_label"`
	// ReplicaLabel names the label that tells replicas apart; it is not stored. Default "__replica__".
	ReplicaLabel string `yaml:"replica_label"`
	// Failover is how long the elected replica may be silent before another takes over. Default 30s.
	Failover time.Duration `yaml:"failover"`
	// MaxClusters is how many clusters a tenant may have; 429 beyond. Default 100 clusters.
	MaxClusters int `yaml:"max_clusters"`
}

// WithDefaults fills unset fields.
func (c Config) WithDefaults() Config {
	setInt(&c.MaxSeries, 2_000_000)
	setInt(&c.MaxTenants, 10_000)
	setInt(&c.MaxLabels, 64)
	setInt(&c.MaxNameBytes, 1024)
	setInt(&c.MaxValueBytes, 8192)
	setInt(&c.MaxBodyBytes, 32<<20)
	setInt(&c.MaxDecodedBytes, 32<<20)
	setInt(&c.MaxRequestSeries, 50_000)
	setInt(&c.MaxSeriesElements, 2_000)
	setInt(&c.MaxSymbols, 500_000)
	setInt(&c.MaxInflightBytes, 192<<20)
	setInt(&c.MaxMetadata, 50_000)
	setInt(&c.HA.MaxClusters, 100)
	setDuration(&c.MaxFuture, 10*time.Minute)
	setDuration(&c.IdleAfter, time.Hour)
	setDuration(&c.AppendTimeout, 10*time.Second)
	setDuration(&c.HA.Failover, 30*time.Second)
	if c.HA.ClusterLabel == "" {
		c.HA.ClusterLabel = "cluster"
	}
	if c.HA.ReplicaLabel == "" {
		c.HA.ReplicaLabel = "__replica__"
	}
	return c
}

func setInt(v *int, to int) {
	if *v == 0 {
		*v = to
	}
}

func setDuration(v *time.Duration, to time.Duration) {
	if *v == 0 {
		*v = to
	}
}

// largestRequest is the memory that one request within all limits may take, at most.
func (c Config) largestRequest() int {
	reading := c.MaxBodyBytes*3/2 + c.MaxDecodedBytes
	// In 1.0 form it lies in pieces that are half full at worst; parcels for the log are a quarter larger than needed.
	pushing := c.MaxDecodedBytes + 2*c.MaxDecodedBytes + c.MaxDecodedBytes*5/4
	pushing += c.MaxRequestSeries*(bytesOf[item](1)+bytesOf[metadata](1)) + 3*c.MaxSymbols*bytesOf[symbol](1) + maxHistogramMem
	return max(reading, pushing)
}

// Validate reports every setting that cannot work, together, each by its key.
func (c Config) Validate() error {
	c = c.WithDefaults()
	var errs []error
	between := func(key string, v, low, high int) {
		if v < low || v > high {
			errs = append(errs, fmt.Errorf("ingest.%s: %d is not in %d..%d", key, v, low, high))
		}
	}
	positive := func(key string, v time.Duration) {
		if v < 0 {
			errs = append(errs, fmt.Errorf("ingest.%s: %v is negative", key, v))
		}
	}
	between("max_series", c.MaxSeries, 1, 1<<30)
	between("max_tenants", c.MaxTenants, 1, 1<<20)
	between("max_labels", c.MaxLabels, 1, 1024)
	between("max_name_bytes", c.MaxNameBytes, 1, 1<<16)
	between("max_value_bytes", c.MaxValueBytes, 1, 1<<18)
	between("max_body_bytes", c.MaxBodyBytes, 1, 1<<30)
	between("max_decoded_bytes", c.MaxDecodedBytes, 1, 1<<30)
	between("max_request_series", c.MaxRequestSeries, 1, 1<<20)
	between("max_series_elements", c.MaxSeriesElements, 2, schema.MaxRecordEntries) // a series is never split
	between("max_symbols", c.MaxSymbols, 1, 1<<24)
	between("max_metadata", c.MaxMetadata, 1, 1<<24)
	between("max_inflight_bytes", c.MaxInflightBytes, c.largestRequest(), 1<<40)
	between("ha.max_clusters", c.HA.MaxClusters, 1, 1<<16)
	positive("max_future", c.MaxFuture)
	positive("idle_after", c.IdleAfter)
	positive("append_timeout", c.AppendTimeout)
	positive("ha.failover", c.HA.Failover)
	if c.HA.ClusterLabel == c.HA.ReplicaLabel {
		errs = append(errs, fmt.Errorf("ingest.ha: cluster_label and replica_label are both %q", c.HA.ClusterLabel))
	}
	return errors.Join(errs...)
}
