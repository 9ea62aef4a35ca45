package anomalies

import "eddy/schema"

// Standing is where a series stands on its way to an anomaly or back, as an explanation wants to know it.
type Standing struct {
	// Open tells that an anomaly of the values is open, Silent that one of silence is.
	Open, Silent bool
	// ID is that of the open anomaly; of the values where both are open.
	ID string
	// Abnormal is how many abnormal rows in a row there are while none is open, Normal how many normal ones while one is.
	Abnormal, Normal int
	Started          int64           // timestamp of the first abnormal row, Unix milliseconds; 0 for none
	Severity         schema.Severity // the highest so far
}

// Standing tells where a series stands after the records so far. It changes nothing.
func (p *Processor) Standing(tenant string, labels schema.Labels) Standing {
	t := p.tenants[tenant]
	if t == nil {
		return Standing{}
	}
	for _, w := range t.watches {
		if string(w.labels) == string(labels) {
			return p.standing(tenant, w)
		}
	}
	return Standing{}
}

func (p *Processor) standing(tenant string, w *watch) Standing {
	s := Standing{Open: w.metric.open, Silent: w.silence.open, Abnormal: w.metric.streak, Normal: w.metric.normal}
	o := occasion{tenant: tenant, detector: &p.plan.Detectors[w.detector], labels: w.labels, cause: schema.CauseMetric, episode: &w.metric}
	if s.Silent && !s.Open {
		o.cause, o.episode = schema.CauseSilence, &w.silence
	}
	if s.Open || s.Silent {
		s.ID = o.id()
	}
	if s.Open || s.Silent || s.Abnormal > 0 {
		s.Started, s.Severity = o.episode.started, o.episode.highest
	}
	return s
}
