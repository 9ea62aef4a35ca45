package bench

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
)

// Options say what to send where. See the flags of `eddy bench` for defaults.
type Options struct {
	URL         string
	MetricsURL  string // empty: /metrics on the host of URL
	Tenant      string // empty: no tenant header
	Protocol    int    // of remote write: 1 or 2
	Series      int
	Labels      int           // per series, the name included
	PerRequest  int           // samples
	Connections int           // each sends one request at a time
	Rate        float64       // samples a second, open loop; 0 sends as fast as the receiver answers
	Duration    time.Duration // of the measured part
	Passes      int           // samples per series, the first included; 0: until Duration is over
	Faults      float64       // share of series that spike now and then
	Seed        uint64
	Start       time.Time     // zero: samples carry the clock's time; else Start + pass*Step, so a run can be repeated exactly
	Step        time.Duration // event time between two samples of a series when Start is set
	Retry       bool          // as Prometheus does, instead of counting a failure and going on
	Settle      time.Duration // how long to wait at most until the server has worked off what it accepted
}

// Validate reports every setting that cannot work.
func (o Options) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	u, err := url.Parse(o.URL)
	check(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "--url %q: must be http://host:port/path", o.URL)
	check(o.Protocol == 1 || o.Protocol == 2, "--protocol %d: must be 1 or 2", o.Protocol)
	check(o.Series > 0, "--series %d: must be 1 or more", o.Series)
	check(o.Labels >= minLabels && o.Labels <= 100, "--labels %d: must be %d to 100", o.Labels, minLabels)
	check(o.PerRequest > 0 && o.PerRequest <= 20000, "--samples-per-request %d: must be 1 to 20000", o.PerRequest)
	check(o.Connections > 0 && o.Connections <= 1000, "--connections %d: must be 1 to 1000", o.Connections)
	check(o.Rate >= 0, "--rate %v: must be 0 (as fast as possible) or more", o.Rate)
	check(o.Duration > 0 || o.Passes > 0, "--duration %v: must be more than 0", o.Duration)
	check(o.Passes >= 0, "--passes %d: must be 0 (until --duration) or more", o.Passes)
	check(o.Faults >= 0 && o.Faults <= 1, "--faults %v: must be 0 to 1", o.Faults)
	check(o.Start.IsZero() || o.Step >= time.Millisecond, "--step %v: must be at least 1ms", o.Step)
	check(o.Tenant == "" || schema.ValidTenant(o.Tenant), "--tenant: %v", schema.CheckTenant(o.Tenant))
	return errors.Join(errs...)
}

func (o Options) metricsURL() string {
	if o.MetricsURL != "" {
		return o.MetricsURL
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/metrics"
}

func (o Options) protocol() remotewrite.Protocol { return remotewrite.Protocol(o.Protocol) }
