package replay

import (
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/anomalies"
	"eddy/stages/scoring"
)

// Plan is the policy in force after the records so far.
func (c *Chain) Plan() *stages.Plan {
	for _, l := range c.links {
		if p, ok := l.processor.(*scoring.Processor); ok {
			return p.Plan()
		}
	}
	return nil
}

// Standing tells where a series stands after the records so far.
func (c *Chain) Standing(tenant string, labels schema.Labels) anomalies.Standing {
	for _, l := range c.links {
		if p, ok := l.processor.(*anomalies.Processor); ok {
			return p.Standing(tenant, labels)
		}
	}
	return anomalies.Standing{}
}
