package main

import (
	"context"
	"time"

	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
	"eddy/stages/export"
	"eddy/stages/scoring"
)

// exportTo is what scoring tells of every row it judges.
func exportTo(latest *export.Latest) func(*scoring.Observation) {
	return func(o *scoring.Observation) {
		latest.Set(o.Tenant, o.Labels, export.Point{
			Timestamp: o.Timestamp, Value: o.Value, Expected: o.Verdict.Expected, Lower: o.Verdict.Lower, Upper: o.Verdict.Upper,
			Score: o.Score, Ready: o.Verdict.Ready,
		})
	}
}

// perRequest is how many samples a remote write holds at most.
const perRequest = 2000

// exportLoop sends what is new by remote write until ctx ends. A receiver that is away misses verdicts, never delays them.
func (a *app) exportLoop(ctx context.Context) {
	every(ctx, time.Duration(a.cfg.Export.Interval), func() {
		ctx, cancel := context.WithTimeout(ctx, time.Duration(a.cfg.Export.Interval))
		defer cancel()
		for _, tenant := range a.latest.Tenants() {
			sender := &remotewrite.Sender{URL: a.cfg.Export.RemoteWriteURL, Tenant: tenant, Protocol: remotewrite.V1, Client: a.exportClient}
			for entries := a.latest.Take(tenant); len(entries) > 0 && ctx.Err() == nil; {
				n := min(len(entries), perRequest/5)
				if answer := sendVerdicts(ctx, sender, entries[:n]); !answer.OK() {
					a.log.Warn().Str("tenant", tenant).Str("answer", answer.String()).Msg("verdicts were not taken by export.remote_write_url")
					return
				}
				entries = entries[n:]
			}
		}
	})
}

// sendVerdicts sends the exported series of some entries.
func sendVerdicts(ctx context.Context, sender *remotewrite.Sender, entries []export.Entry) remotewrite.Answer {
	var series []schema.Labels
	var values []float64
	var times []int64
	for _, e := range entries {
		for _, s := range e.Point.Samples() {
			series = append(series, export.Labels(e.Labels, s.Name))
			values, times = append(values, s.Value), append(times, e.Point.Timestamp)
		}
	}
	request, err := remotewrite.NewRequest(remotewrite.V1, series)
	if err != nil {
		return remotewrite.Answer{Message: err.Error()}
	}
	for i := range series {
		request.Set(i, times[i], values[i])
	}
	answer, _ := sender.Persist(ctx, request.Compress(nil))
	return answer
}
