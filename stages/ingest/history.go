package ingest

import (
	"context"
	"slices"
	"time"

	"eddy/schema"
)

// History is what the log can tell of tenants that this gateway has not seen: because it has just started, or because
// they send to another one.
type History interface {
	// Newest returns when a tenant's newest samples were stored, unless a newer control record hides them, and its newest
	// record of either kind; of every tenant there is when none is named.
	Newest(ctx context.Context, tenants []string) (samples, records map[string]time.Time, err error)
}

// Consult makes Tick ask the log too before it says of a tenant that it is silent. Call it before the first Tick.
func (g *Gateway) Consult(h History) { g.history = h }

// recall gets to know the tenants that were there before this gateway started, so that it goes on telling the log the
// time for those that are silent. A newest record that is a tick counts as well: it may prolong the ticks of a tenant
// that does not come back by IdleAfter.
func (g *Gateway) recall(ctx context.Context, now time.Time) error {
	if g.history == nil || g.recalled {
		return nil
	}
	_, records, err := g.history.Newest(ctx, nil)
	if err != nil {
		return err
	}
	g.recalled = true
	for name, at := range records {
		if now.Sub(at) >= g.cfg.IdleAfter || !schema.ValidTenant(name) {
			continue
		}
		t, err := g.addTenant(name)
		if err != nil {
			continue // there are too many, and this one does not ask for anything
		}
		t.hear(min(at.UnixMilli(), now.UnixMilli()))
	}
	return nil
}

// listen asks the log whether another gateway had samples of tenants that are silent here.
func (g *Gateway) listen(ctx context.Context, silent []*tenant, now time.Time) error {
	if g.history == nil || len(silent) == 0 {
		return nil
	}
	names := make([]string, len(silent))
	for i, t := range silent {
		names[i] = t.name
	}
	slices.Sort(names)
	samples, _, err := g.history.Newest(ctx, names)
	if err != nil {
		return err
	}
	for _, t := range silent {
		if at, ok := samples[t.name]; ok {
			t.hear(min(at.UnixMilli(), now.UnixMilli()))
		}
	}
	return nil
}
