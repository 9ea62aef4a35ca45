package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"eddy/algorithms"
	"eddy/schema"
	"eddy/stages"
)

// maxPartitions is stream.MaxPartitions; checking a file must not need a NATS client.
const maxPartitions = 1024

// checker collects faults; only path and message of each are known to it.
type checker struct {
	catalogue []algorithms.Algorithm
	found     []Fault
}

func (c *checker) fault(path, format string, args ...any) {
	c.found = append(c.found, Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) config(cfg Config) {
	c.address("web.listen_address", cfg.Web.ListenAddress)
	c.address("nats.listen_address", cfg.NATS.ListenAddress)
	c.urls("nats.url", cfg.NATS.URL)
	c.oneOf("nats.sync", cfg.NATS.Sync, "always", "interval")
	c.replicas(cfg.NATS)
	c.oneOf("log.level", cfg.Log.Level, "debug", "info", "warn", "error")
	c.oneOf("log.format", cfg.Log.Format, "auto", "console", "json")
	c.atLeastIfSet("retention.samples", cfg.Retention.Samples, time.Minute)
	c.atLeastIfSet("retention.anomalies", cfg.Retention.Anomalies, time.Minute)
	c.atLeast("self_scrape.interval", cfg.SelfScrape.Interval, time.Second)
	c.export(cfg.Export)
	c.joined(cfg.Ingest.Validate())
	if cfg.Partitions < 0 || cfg.Partitions > maxPartitions {
		c.fault("partitions", "%d: must be 0 (choose) to %d", cfg.Partitions, maxPartitions)
	}
	for i, stage := range cfg.Stages {
		path := fmt.Sprintf("stages[%d]", i)
		c.oneOf(path, stage, StageNames()...)
		if slices.Contains(cfg.Stages[:i], stage) {
			c.fault(path, "%q is listed twice", stage)
		}
	}
	c.policy(cfg.Policy())
}

// policy asks those who will put it into force what they have against it.
func (c *checker) policy(policy schema.Policy) {
	names := make([]string, len(c.catalogue))
	for i, a := range c.catalogue {
		names[i] = a.Name()
	}
	lookup := func(name string) (algorithms.Algorithm, bool) {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, false
		}
		return c.catalogue[i], true
	}
	for _, f := range stages.Check(policy, lookup) {
		switch {
		case f.Detector < 0:
			c.fault("detectors", "%s", f.Message)
		case f.Key == "algorithm" && f.Word != "":
			c.oneOf(fmt.Sprintf("detectors[%d].algorithm", f.Detector), f.Word, names...)
		default:
			c.fault(fmt.Sprintf("detectors[%d].%s", f.Detector, f.Key), "%s%s", f.Message, didYouMean(f.Word, f.Known))
		}
	}
}

func (c *checker) export(e Export) {
	c.atLeast("export.interval", e.Interval, time.Second)
	if e.RemoteWriteURL == "" {
		return
	}
	u, err := url.Parse(e.RemoteWriteURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.fault("export.remote_write_url", "must be http://host/path or https://host/path") // without the value: it may hold a password
	}
}

func (c *checker) replicas(n NATS) {
	switch {
	case n.Replicas != 0 && n.Replicas != 1 && n.Replicas != 3 && n.Replicas != 5:
		c.fault("nats.replicas", "%d: must be 1, 3 or 5, so that a majority can be told", n.Replicas)
	case n.Replicas > 1 && n.URL == "":
		c.fault("nats.replicas", "%d: the embedded server is one server; set nats.url to a cluster", n.Replicas)
	}
}

// joined takes the faults of a nested configuration, each "path: message".
func (c *checker) joined(err error) {
	if err == nil {
		return
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		path, message, ok := strings.Cut(line, ": ")
		if !ok {
			path, message = "", line
		}
		c.fault(path, "%s", message)
	}
}

func (c *checker) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fault(path, "%q: must be one of %s%s", value, strings.Join(allowed, ", "), didYouMean(value, allowed))
	}
}

func (c *checker) atLeast(path string, v Duration, least time.Duration) {
	if time.Duration(v) < least {
		c.fault(path, "%s: must be at least %s", v, Duration(least))
	}
}

func (c *checker) atLeastIfSet(path string, v Duration, least time.Duration) {
	if v != 0 {
		c.atLeast(path, v, least)
	}
}

func (c *checker) address(path, v string) {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		c.fault(path, "%q: must be host:port", v)
		return
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		c.fault(path, "%q: the port must be 0 to 65535", v)
	}
}

func (c *checker) urls(path, v string) {
	if v == "" {
		return
	}
	for _, one := range strings.Split(v, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			c.fault(path, "must be nats://host:port (or tls, ws, wss), comma-separated for several servers")
			return // without the value: it may hold a password
		}
	}
}
