package ingest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"eddy/schema"
)

// pastOf is a History: times after base, by tenant.
type pastOf struct {
	samples, records map[string]time.Duration
	err              error
	asked            []string
}

func (p *pastOf) Newest(_ context.Context, tenants []string) (samples, records map[string]time.Time, err error) {
	p.asked = append(p.asked, "for "+strings.Join(tenants, " "))
	at := func(all map[string]time.Duration) map[string]time.Time {
		out := map[string]time.Time{}
		for name, d := range all {
			out[name] = time.UnixMilli(base).Add(d)
		}
		return out
	}
	return at(p.samples), at(p.records), p.err
}

// TestTicksGoOnAfterARestart: a gateway ticks for who was there before it started, as far as that is expected back.
func TestTicksGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxTenants: 3})
	past := &pastOf{records: map[string]time.Duration{"default": -time.Minute, "alive": -time.Second, "long-gone": -time.Hour,
		schema.ControlTenant: 0}}
	h.g.Consult(past)
	check(t, h.tick(15*time.Second), 4)
	check(t, h.told(schema.ControlTick), inEvery(15_000))
	check(t, h.tick(30*time.Second), 8) // the other one did not come back
	check(t, past.asked, []string{"for ", "for default", "for alive default"})
	h.v1(up("a", 30_000))
	check(t, h.told(schema.ControlReturned), inEvery(30_000))
	check(t, h.tick(45*time.Second), 4)
	check(t, h.tick(2*time.Hour), 0)
	check(t, h.g.find("alive") == nil, true) // forgotten at last
}

func TestRememberedTenantsTakeNoRoomOfNewOnes(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxTenants: 1})
	h.v1(up("a", 0))
	h.g.Consult(&pastOf{records: map[string]time.Duration{"other": 0}})
	check(t, h.tick(15*time.Second), 0)
	check(t, len(h.g.listTenants()), 1)
}

// TestWhatAnotherGatewayHearsIsNoSilence: a tenant whose samples come in elsewhere is not said to be silent.
func TestWhatAnotherGatewayHearsIsNoSilence(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	past := &pastOf{samples: map[string]time.Duration{"default": 0}}
	h.g.Consult(past)
	h.v1(up("a", 0))
	past.samples["default"] = 20 * time.Second
	check(t, h.tick(30*time.Second), 0)
	check(t, h.tick(45*time.Second), 0)
	past.samples["default"] = time.Hour // by a clock that is wrong
	check(t, h.tick(60*time.Second), 0)
	delete(past.samples, "default") // hidden by somebody's tick
	check(t, h.tick(90*time.Second), 4)
}

func TestALogThatCannotBeReadIsAskedAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	past := &pastOf{records: map[string]time.Duration{"default": -time.Minute}, err: errors.New("no leader")}
	h.g.Consult(past)
	check(t, errors.Is(h.g.Tick(t.Context(), h.g.now()), past.err), true)
	check(t, len(h.told(schema.ControlTick)), 0)
	past.err = nil
	check(t, h.tick(15*time.Second), 4)
}
