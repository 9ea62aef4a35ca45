package config

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"eddy/algorithms"
	"eddy/schema"
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
	seen := map[string]bool{}
	for i, d := range cfg.Detectors {
		path := fmt.Sprintf("detectors[%d]", i)
		if seen[d.Name] {
			c.fault(path+".name", "%q is the name of an earlier detector", d.Name)
		}
		seen[d.Name] = true
		c.detector(path, d)
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

func (c *checker) detector(path string, d schema.Detector) {
	if !schema.ValidTenant(d.Name) { // the same rule: both become one token of a subject
		c.fault(path+".name", "%q: use 1 to 64 of A-Z a-z 0-9 _ -", d.Name)
	}
	if d.Match != "" {
		if _, err := parser.NewParser(parser.Options{}).ParseMetricSelector(d.Match); err != nil {
			c.fault(path+".match", "%q is no PromQL selector: %v", d.Match, err)
		}
	}
	c.oneOf(path+".direction", string(d.Direction), "both", "up", "down")
	if !(d.MinDeviation >= 0) || math.IsInf(d.MinDeviation, 0) {
		c.fault(path+".min_deviation", "%v: must be 0 or more", d.MinDeviation)
	}
	c.between(path+".for", d.For, 1, 1000)
	c.between(path+".resolve_after", d.ResolveAfter, 1, 10000)
	if !(0 < d.Info && d.Info <= d.Warning && d.Warning <= d.Critical && d.Critical <= 1) {
		c.fault(path+".info", "severities must satisfy 0 < info (%v) <= warning (%v) <= critical (%v) <= 1", d.Info, d.Warning, d.Critical)
	}
	c.algorithm(path, d)
}

func (c *checker) algorithm(path string, d schema.Detector) {
	names := make([]string, len(c.catalogue))
	var algorithm algorithms.Algorithm
	for i, a := range c.catalogue {
		names[i] = a.Name()
		if a.Name() == d.Algorithm {
			algorithm = a
		}
	}
	if algorithm == nil {
		c.oneOf(path+".algorithm", d.Algorithm, names...)
		return
	}
	space := map[string]algorithms.Parameter{}
	var known []string
	for _, p := range algorithm.Parameters() {
		space[p.Name] = p
		known = append(known, p.Name)
	}
	set := make([]string, 0, len(d.Parameters))
	for name := range d.Parameters {
		set = append(set, name)
	}
	sort.Strings(set)
	for _, name := range set {
		c.parameter(path+".parameters."+name, d.Algorithm, space, known, name, d.Parameters[name])
	}
}

func (c *checker) parameter(path, algorithm string, space map[string]algorithms.Parameter, known []string, name string, v float64) {
	p, ok := space[name]
	switch {
	case !ok:
		c.fault(path, "algorithm %q has no parameter %q%s: it knows %s", algorithm, name, didYouMean(name, known), strings.Join(known, ", "))
	case !(v >= p.Min && v <= p.Max):
		c.fault(path, "%v: must be %v to %v (%s)", v, p.Min, p.Max, p.Help)
	case p.Integer && v != math.Trunc(v):
		c.fault(path, "%v: must be a whole number (%s)", v, p.Help)
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

func (c *checker) between(path string, v, low, high int) {
	if v < low || v > high {
		c.fault(path, "%d: must be %d to %d", v, low, high)
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
