package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/config"
	"eddy/schema"
	"eddy/stages/anomalies"
	"eddy/stages/export"
	"eddy/stages/features"
	"eddy/stages/scoring"
	"eddy/stream"
)

// stagesOf lists the processors this process is to run, in the order the data flows.
func stagesOf(cfg config.Config, reg prometheus.Registerer, latest *export.Latest) []stream.Stage {
	all := []stream.Stage{featuresStage(features.NewMetrics(reg)), scoringStage(scoring.NewMetrics(reg), latest), anomaliesStage(anomalies.NewMetrics(reg))}
	var chosen []stream.Stage
	for _, s := range all {
		if cfg.Runs(s.Name) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// The versions of the stages: one changes whenever its stage's output for equal input, or its snapshot, does.
const (
	featuresVersion  = "3"
	scoringVersion   = "2"
	anomaliesVersion = "2"
)

func featuresStage(m *features.Metrics) stream.Stage {
	return stream.Stage{
		Name: "features", Version: featuresVersion, FromSamples: true,
		Input: hotLog(schema.KindSamples), Output: hotLog(schema.KindFeatures), Mark: hotMark(schema.KindFeatures),
		New: func(partition int) stream.Processor {
			p := features.New(partition)
			p.Measure(m)
			return p
		},
	}
}

// scoringStage tells latest of every verdict, unless it is nil.
func scoringStage(m *scoring.Metrics, latest *export.Latest) stream.Stage {
	return stream.Stage{
		Name: "scoring", Version: scoringVersion,
		Input: hotLog(schema.KindFeatures), Output: hotLog(schema.KindScores), Mark: hotMark(schema.KindScores),
		New: func(partition int) stream.Processor {
			p := scoring.New(partition, catalogue.Lookup)
			p.Measure(m)
			if latest != nil {
				p.Observe(exportTo(latest))
			}
			return p
		},
	}
}

func anomaliesStage(m *anomalies.Metrics) stream.Stage {
	return stream.Stage{
		Name: "anomalies", Version: anomaliesVersion, Events: true, ContentType: schema.ContentType,
		Input: hotLog(schema.KindScores),
		Output: func(p int) stream.LogSpec {
			return stream.LogSpec{Stream: schema.AnomalyStream, Scope: schema.AnomalyScope(p)}
		},
		Mark: schema.AnomalyClaimSubject,
		New: func(partition int) stream.Processor {
			p := anomalies.New(partition, catalogue.Lookup)
			p.Measure(m)
			return p
		},
		Finish: stamp,
	}
}

// stamp adds the times an event's record passed the stages: accepted, featured, scored, published.
func stamp(event []byte, trace []time.Time) []byte {
	if len(trace) != 4 {
		return event
	}
	return anomalies.Stamp(event, trace[0], trace[1], trace[2], trace[3])
}

func hotLog(kind schema.Kind) func(int) stream.LogSpec {
	return func(p int) stream.LogSpec { return stream.LogSpec{Stream: schema.PartitionStream(kind, p)} }
}

func hotMark(kind schema.Kind) func(int) string {
	return func(p int) string { return schema.PartitionSubject(kind, schema.ClaimTenant, p) }
}
