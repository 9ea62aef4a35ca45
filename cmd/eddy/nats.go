package main

import (
	"context"

	"eddy/schema"
	"eddy/stream"
)

// natsFlags are shared by the commands that read what eddy has published.
type natsFlags struct {
	NATSURL string `name:"nats.url" env:"EDDY_NATS_URL" default:"nats://127.0.0.1:4222" placeholder:"URL" help:"NATS server of eddy."`
}

func (f natsFlags) dial(ctx context.Context) (*stream.Client, error) {
	return stream.Dial(ctx, f.NATSURL)
}

// anomalyFilters are the subjects of a tenant's events from a severity upwards; empty words mean all.
func anomalyFilters(tenant string, least schema.Severity) []string {
	if tenant == "" {
		tenant = "*"
	}
	var filters []string
	for _, s := range []schema.Severity{schema.SeverityInfo, schema.SeverityWarning, schema.SeverityCritical} {
		if s.Rank() >= least.Rank() {
			filters = append(filters, "eddy.anomalies."+tenant+"."+string(s)+".*")
		}
	}
	return filters
}

func checkTenant(tenant string) error {
	if tenant == "" {
		return nil
	}
	return schema.CheckTenant(tenant)
}
