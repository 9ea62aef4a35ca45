package replay

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms/catalogue"
	"eddy/schema"
	"eddy/stream"
)

// save copies the state of every stage of a chain.
func save(t *testing.T, c *Chain, root uint64) (states []State) {
	t.Helper()
	for _, l := range c.links {
		var state bytes.Buffer
		if err := l.processor.(stream.Snapshotter).Snapshot(&state); err != nil {
			t.Fatal(err)
		}
		states = append(states, State{Stage: l.name, Root: root, Data: state.Bytes()})
	}
	return states
}

// play runs records through a chain and returns its events, each with its record.
func play(t *testing.T, c *Chain, records []stream.Record) (events []string) {
	t.Helper()
	for i := range records {
		if err := c.Process(&records[i], func(subject string, data []byte) {
			events = append(events, subject+" "+string(data))
		}); err != nil {
			t.Fatal(err)
		}
	}
	return events
}

// A chain made of states that its stages saved at different records gives, from the last of them on, what the chain
// that never stopped gives.
func TestResumedChainGoesOnAsTheOneThatNeverStopped(t *testing.T) {
	t.Parallel()
	records, _ := fleetDay(20, 600, 400, 440)
	control := schema.Control{Type: schema.ControlPolicy, Policy: &schema.Policy{Detectors: []schema.Detector{{Name: "own", For: 2}}}}
	records[350] = stream.Record{Tenant: schema.ControlTenant, Root: 351, Kind: schema.EntryControl, Data: control.Encode()}
	saved := map[uint64][]State{}
	whole := NewChain(0, catalogue.Lookup)
	var want []string
	for i := range records {
		want = append(want, play(t, whole, records[i:i+1])...)
		if root := records[i].Root; root%45 == 0 && root < 402 {
			saved[root] = save(t, whole, root)
		}
	}
	if len(want) < 2 {
		t.Fatal("no events")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 12 {
		f := 45 * (1 + rng.Uint64N(8))
		s := f + 45*rng.Uint64N((360-f)/45+1)
		a := s + 45*rng.Uint64N((360-s)/45+1)
		c, err := Resume(0, catalogue.Lookup, saved[f][0], saved[s][1], saved[a][2])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, play(t, c, records[f:])); diff != "" {
			t.Errorf("states after %d, %d, %d (-never stopped +resumed):\n%s", f, s, a, diff)
		}
	}
}

func TestResumeRefusesStatesThatDoNotFit(t *testing.T) {
	t.Parallel()
	records, _ := fleetDay(4, 40, 0, 0)
	c := NewChain(0, catalogue.Lookup)
	play(t, c, records[:20])
	early := save(t, c, 20)
	play(t, c, records[20:])
	late := save(t, c, 40)
	f := func(want string, states ...State) {
		t.Helper()
		if _, err := Resume(0, catalogue.Lookup, states...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want one about %q", err, want)
		}
	}
	f("features is at record 40, but scoring behind it at 20", late[0], early[1], late[2])
	f("anomalies behind it at 0", early[0], early[1])
	f("no such stage", State{Stage: "incidents"})
	f("scoring after record 20", early[0], State{Stage: "scoring", Root: 20, Data: early[0].Data}, early[2])
}
