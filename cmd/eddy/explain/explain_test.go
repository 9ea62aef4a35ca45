package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/prove"
	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/replay"
	"eddy/stream"
)

// logs are the partitions of a samples log in memory.
type logs [][]stream.Message

func (l logs) follow(_ context.Context, name string, filters []string, from stream.Start, fn func(stream.Message) error) error {
	_, p, _ := schema.ParsePartitionStream(name)
	for _, m := range l[p] {
		if m.Sequence < from.Sequence || m.Time.Before(from.Time) || len(filters) > 0 && m.Subject != filters[0] {
			continue
		}
		if err := fn(m); err != nil {
			return err
		}
	}
	return nil
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// at is the time of a row.
func at(row int) time.Time { return noon.Add(time.Duration(row) * 15 * time.Second) }

var (
	temperature = schema.LabelsFromMap(map[string]string{"__name__": "temperature", "room": "attic"})
	beat        = schema.LabelsFromMap(map[string]string{"__name__": "beat"})
	requests    = schema.LabelsFromMap(map[string]string{"__name__": "requests_total", "room": "attic"})
)

// lived is a partition with a policy in front; the temperature is 20 or so, 90 in rows 300 to 309, and ends with row 399.
// Requests come in row 0 only, a beat in every row.
func lived(t *testing.T, policy *schema.Policy) logs {
	t.Helper()
	var log []stream.Message
	add := func(m stream.Message) {
		m.Sequence = uint64(len(log) + 1)
		log = append(log, m)
	}
	if policy != nil {
		control := schema.Control{Type: schema.ControlPolicy, Policy: policy}
		add(stream.Message{Subject: "eddy.samples." + schema.ControlTenant + ".1", Time: at(-1), Data: control.Encode(),
			Header: stream.Header{stream.HeaderKind: {stream.KindControl}}})
	}
	for row := range 460 {
		list := []schema.Labels{beat}
		if row < 400 {
			list = append(list, temperature)
		}
		if row == 0 {
			list = append(list, requests)
		}
		request, err := remotewrite.NewRequest(remotewrite.V1, list)
		if err != nil {
			t.Fatal(err)
		}
		v := 20 + float64(row*row*7919%101)/50
		if row >= 300 && row < 310 {
			v = 90
		}
		for i := range list {
			request.Set(i, at(row).UnixMilli(), v)
		}
		add(stream.Message{Subject: "eddy.samples.house.1", Time: at(row), Data: request.Compress(nil)})
	}
	return logs{nil, log}
}

// explain asks about a series in a row.
func explain(t *testing.T, l logs, series string, row int) ([]Explanation, error) {
	t.Helper()
	selector, err := stages.ParseSelector(series)
	if err != nil {
		t.Fatal(err)
	}
	e := Explainer{
		Verifier: prove.Verifier{Follow: l.follow, Whole: true}, Partitions: len(l),
		NewChain: func(p int, states []replay.State) (*replay.Chain, error) {
			return replay.Resume(p, catalogue.Lookup, states...)
		},
	}
	return e.Explain(t.Context(), Question{Tenant: "house", Selector: selector, At: at(row).Add(time.Second)})
}

// one asks for the one explanation there must be.
func one(t *testing.T, l logs, series schema.Labels, row int) Explanation {
	t.Helper()
	list, err := explain(t, l, series.String(), row)
	if err != nil || len(list) != 1 || list[0].Series != series.String() {
		t.Fatalf("row %d: %v, %v", row, list, err)
	}
	return list[0]
}

// states lists the gates that were not passed, in short.
func states(x Explanation) (list []string) {
	for _, g := range x.Gates {
		if g.State != Passed {
			list = append(list, g.Name+" "+string(g.State))
		}
	}
	return list
}

func TestEveryGateIsTold(t *testing.T) {
	t.Parallel()
	l := lived(t, nil)
	f := func(row int, reported bool, verdict string, want ...string) {
		t.Helper()
		x := one(t, l, temperature, row)
		if x.Reported != reported || !strings.Contains(x.Verdict, verdict) || x.Partition != 1 || x.Row == nil || x.Row.Timestamp != at(row).UnixMilli() {
			t.Errorf("row %d: reported %v, %q, %+v", row, x.Reported, x.Verdict, x.Row)
		}
		if diff := cmp.Diff(want, states(x)); diff != "" {
			t.Errorf("gates of row %d (-want +got):\n%s", row, diff)
		}
	}
	below := []string{"severity closed", "for not reached", "resolve not reached"}
	f(5, false, "Not reported: warm-up: ", "warm-up closed", "direction not reached", "min_deviation not reached", "severity not reached", "for not reached", "resolve not reached")
	f(299, false, "is below all", below...)
	f(300, false, "for: 1 of 3 abnormal rows in a row, since 2026-11-24T13:15:00", "for closed", "resolve not reached")
	f(301, false, "for: 2 of 3", "for closed", "resolve not reached")
	f(302, true, "is open since 2026-11-24T13:15:00.000Z", "resolve closed")
	f(399, false, "is below all", below...)
}

func TestARowIsExplained(t *testing.T) {
	t.Parallel()
	x := one(t, lived(t, nil), temperature, 302)
	if len(x.Events) != 1 || x.Events[0].Type != schema.TypeOpened || !strings.HasPrefix(x.Events[0].ID, x.ID) || x.ID == "" {
		t.Errorf("events %+v, anomaly %q", x.Events, x.ID)
	}
	r := x.Row
	sum := float32(0)
	for _, m := range r.Members {
		sum += m.Share
	}
	if len(r.Members) != 3 || sum < 0.99 || r.Value != 90 || r.Expected < 19 || r.Expected > 23 || r.Upper > 40 || r.Score < 0.5 || x.Sample.Age != 1 {
		t.Errorf("%+v, shares sum up to %v", r, sum)
	}
	if data, err := json.Marshal(x); err != nil || !bytes.Contains(data, []byte(`"members":[{"name":"statistical","share":`)) {
		t.Errorf("%s, %v", data, err)
	}
	var b bytes.Buffer
	if err := x.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"temperature{room=\"attic\"}\n", "statistical", "  resolve", "Reported: anomaly " + x.ID} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("printed is no %q:\n%s", want, b.String())
		}
	}
}

func TestGatesOfAPolicy(t *testing.T) {
	t.Parallel()
	f := func(d schema.Detector, verdict string) {
		t.Helper()
		d.Name = "mine"
		d.SetDefaults()
		if x := one(t, lived(t, &schema.Policy{Detectors: []schema.Detector{d}}), temperature, 305); x.Reported || !strings.Contains(x.Verdict, verdict) {
			t.Errorf("%+v: %s", d, x.Verdict)
		}
	}
	f(schema.Detector{Ignore: true}, `selected: detector "mine" selects the series and ignores it`)
	f(schema.Detector{Match: "humidity"}, "selected: no detector")
	f(schema.Detector{Direction: schema.DirectionDown}, "direction: the value is above, the detector asks for down")
	f(schema.Detector{MinDeviation: 100}, "min_deviation: ")
	f(schema.Detector{For: 8}, "for: 6 of 8 abnormal rows")
}

func TestSilenceIsTold(t *testing.T) {
	t.Parallel()
	x := one(t, lived(t, nil), temperature, 459)
	if !x.Reported || !strings.Contains(x.Verdict, "the series is silent; anomaly "+x.ID) || x.Row.Timestamp != at(399).UnixMilli() || x.Until != 460 {
		t.Errorf("%+v", x)
	}
}

func TestWhatCannotBeExplained(t *testing.T) {
	t.Parallel()
	l := lived(t, nil)
	if x := one(t, l, requests, 200); x.Row != nil || !strings.Contains(x.Verdict, "a counter needs two") || x.Sample.Age < 3000 {
		t.Errorf("a counter's first sample: %+v", x)
	}
	if list, err := explain(t, l, `{room="attic"}`, 100); err != nil || len(list) != 2 {
		t.Errorf("%d series, %v", len(list), err)
	}
	if _, err := explain(t, l, "humidity", 100); !errors.Is(err, ErrNoSeries) {
		t.Error(err)
	}
	if _, err := explain(t, l, "temperature", -100); !errors.Is(err, ErrNoSeries) {
		t.Error(err)
	}
}
