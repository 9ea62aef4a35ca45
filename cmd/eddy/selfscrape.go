package main

import (
	"context"
	"net"
	"os"
	"time"

	"eddy/schema"
)

// selfScrape feeds eddy's own metrics to itself, so that there is life without any sender, and eddy is watched by what
// it offers others.
func (a *app) selfScrape(ctx context.Context, address net.Addr) {
	if a.cfg.SelfScrape.Disabled {
		return
	}
	labels := map[string]string{"job": "eddy", "instance": instance(os.Hostname, address)}
	every(ctx, time.Duration(a.cfg.SelfScrape.Interval), func() {
		families, err := a.registry.Gather()
		if err == nil {
			_, err = a.gateway.PushFamilies(ctx, schema.SelfTenant, families, labels, time.Now())
		}
		if err != nil && ctx.Err() == nil {
			a.log.Warn().Err(err).Msg("eddy's own metrics were not ingested")
		}
	})
}

// instance names this process among all that write into the same log, as who scraped it would: by its host and its port.
// The address it listens on would not do: every machine has a 127.0.0.1.
func instance(hostname func() (string, error), address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.String()
	}
	if name, err := hostname(); err == nil && name != "" {
		host = name
	}
	return net.JoinHostPort(host, port)
}
