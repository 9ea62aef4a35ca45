package main

import (
	"context"
	"time"

	"eddy/schema"
)

// selfScrape feeds eddy's own metrics to itself, so that there is life without any sender, and eddy is watched by what
// it offers others.
func (a *app) selfScrape(ctx context.Context) {
	if a.cfg.SelfScrape.Disabled {
		return
	}
	labels := map[string]string{"job": "eddy", "instance": a.cfg.Web.ListenAddress}
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
