package config

import (
	"time"

	"eddy/schema"
	"eddy/stages/ingest"
)

// Config is everything `eddy run` can be told. Its zero value, completed by WithDefaults, works.
type Config struct {
	Data       Data       `yaml:"data"`
	Web        Web        `yaml:"web"`
	NATS       NATS       `yaml:"nats"`
	Log        Log        `yaml:"log"`
	Retention  Retention  `yaml:"retention"`
	SelfScrape SelfScrape `yaml:"self_scrape"`
	Export     Export     `yaml:"export"`
	// Ingest bounds what senders may do; see ingest.Config.
	Ingest ingest.Config `yaml:"ingest"`
	// Stages to run in this process; default all: ingest, features, scoring, anomalies.
	Stages []string `yaml:"stages"`
	// Partitions is how many ordered logs the samples are spread over. It is fixed when the streams are created;
	// 0 (default) chooses then: the number of cores, at least 2 and at most 32.
	Partitions int `yaml:"partitions"`
	// Detectors are tried in order, the first whose match selects a series scores it; default one that watches everything.
	Detectors []schema.Detector `yaml:"detectors"`
}

// Data says where the embedded NATS server keeps its streams.
type Data struct {
	Dir string `yaml:"dir"` // default ./data
}

// Web is the HTTP side: remote write, metrics, health, reload.
type Web struct {
	ListenAddress string `yaml:"listen_address"` // default 127.0.0.1:7420
}

// NATS is the log everything travels in.
type NATS struct {
	// URL of an external cluster, comma-separated; empty (default) starts the embedded server.
	URL string `yaml:"url"`
	// ListenAddress of the embedded server; default 127.0.0.1:4222.
	ListenAddress string `yaml:"listen_address"`
	// Sync of the embedded server: "always" (default) writes to disk before a sample is acknowledged, "interval" every
	// second, which loses what the operating system had not yet written when the host dies.
	Sync string `yaml:"sync"`
	// MaxStore bounds what eddy's streams may use on disk, in bytes (KiB, MiB, GiB and TiB are understood); 0 (default)
	// takes three quarters of what is free for an embedded server, and 16 GiB of a server that sets no limit.
	MaxStore Bytes `yaml:"max_store"`
	// Replicas is how many servers of a cluster keep each stream: 1, 3 or 5; 0 (default) leaves it as it
	// is, and makes new streams with 1.
	Replicas int `yaml:"replicas"`
}

// Log says what the process tells about itself on stderr.
type Log struct {
	Level  string `yaml:"level"`  // debug, info (default), warn, error
	Format string `yaml:"format"` // console, json; default auto: console on a terminal
}

// Retention is how long streams keep what they hold; 0 (default) leaves it as it is, so that a process that runs some
// stages with little configuration does not undo what others have set.
type Retention struct {
	Samples   Duration `yaml:"samples"`   // how far a replay reaches back; 48h in new streams
	Anomalies Duration `yaml:"anomalies"` // 30d in new streams
}

// SelfScrape feeds eddy's own metrics to eddy, as tenant "eddy".
type SelfScrape struct {
	Interval Duration `yaml:"interval"` // default 15s
	Disabled bool     `yaml:"disabled"`
}

// Export makes the verdict on every sample readable as series: anomaly_score, y, yhat, yhat_lower, yhat_upper.
type Export struct {
	// Scrape serves them at /api/v1/scores; default false, because it keeps some 400 bytes a series.
	Scrape bool `yaml:"scrape"`
	// RemoteWriteURL, if set, is where they are sent by remote write 1.0, with the tenant as X-Scope-OrgID.
	RemoteWriteURL string `yaml:"remote_write_url"`
	// Interval is the time between two remote writes; default 15s.
	Interval Duration `yaml:"interval"`
}

// Enabled tells whether anybody reads the verdicts.
func (e Export) Enabled() bool { return e.Scrape || e.RemoteWriteURL != "" }

// StageNames returns the stages a process can run, in the order the data flows.
func StageNames() []string { return []string{"ingest", "features", "scoring", "anomalies"} }

// WithDefaults fills what was left unset.
func (c Config) WithDefaults() Config {
	setDefault(&c.Data.Dir, "./data")
	setDefault(&c.Web.ListenAddress, "127.0.0.1:7420")
	setDefault(&c.NATS.ListenAddress, "127.0.0.1:4222")
	setDefault(&c.NATS.Sync, "always")
	setDefault(&c.Log.Level, "info")
	setDefault(&c.Log.Format, "auto")
	setDefault(&c.SelfScrape.Interval, Duration(15*time.Second))
	setDefault(&c.Export.Interval, Duration(15*time.Second))
	if len(c.Stages) == 0 {
		c.Stages = StageNames()
	}
	if len(c.Detectors) == 0 {
		c.Detectors = schema.DefaultPolicy().Detectors
	}
	c.Ingest = c.Ingest.WithDefaults()
	detectors := make([]schema.Detector, len(c.Detectors)) // a Config is a value: never write through the caller's slice
	for i, d := range c.Detectors {
		d.SetDefaults()
		detectors[i] = d
	}
	c.Detectors = detectors
	return c
}

// Policy is the part that decides verdicts and travels in the partitions.
func (c Config) Policy() schema.Policy { return schema.Policy{Detectors: c.Detectors} }

// Runs reports whether a stage is to run in this process.
func (c Config) Runs(stage string) bool {
	for _, s := range c.Stages {
		if s == stage {
			return true
		}
	}
	return false
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
