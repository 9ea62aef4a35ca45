package backtest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/backtest/promapi"
)

func TestNarrow(t *testing.T) {
	t.Parallel()
	f := func(selector, want string) {
		t.Helper()
		got := Narrow(selector, map[string]string{"job": `a"b`, "instance": ""})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", selector, diff)
		}
	}
	f(`up`, `up{instance="",job="a\"b"}`)
	f(` up{} `, `up{instance="",job="a\"b"}`)
	f(`up{a="}"}`, `up{a="}",instance="",job="a\"b"}`)
	f(`{__name__=~"a|b", }`, `{__name__=~"a|b",instance="",job="a\"b"}`)
	if got := Narrow("up", map[string]string{"a b": "c"}); got != `up{"a b"="c"}` {
		t.Error(got)
	}
}

// fakeServer has two pods with a gauge and a counter each, which only metadata tells to be one; the counter of the second one races for a while.
type fakeServer struct {
	mu   sync.Mutex
	asks []string
}

var fakeStart = time.Unix(1_700_000_040, 0)

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/v1/metadata" {
		_, _ = w.Write([]byte(`{"status":"success","data":{"faults":[{"type":"counter"}],"temperature":[{"type":"gauge"}],"other":[{"type":"gauge"}]}}`))
		return
	}
	query := r.FormValue("query")
	f.mu.Lock()
	f.asks = append(f.asks, query)
	f.mu.Unlock()
	var result []any
	for _, pod := range []string{"a", "b"} {
		for _, name := range []string{"faults", "temperature"} {
			metric := map[string]string{"__name__": name, "job": "api", "instance": pod}
			if r.URL.Path == "/api/v1/series" {
				result = append(result, metric)
			} else if strings.Contains(query, `instance="`+pod+`"`) {
				result = append(result, map[string]any{"metric": metric, "values": fakeValues(name, pod, r.FormValue("start"), r.FormValue("end"))})
			}
		}
	}
	data := any(result)
	if r.URL.Path != "/api/v1/series" {
		data = map[string]any{"resultType": "matrix", "result": result}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}

func fakeValues(name, pod, start, end string) (values []any) {
	from, _ := strconv.ParseInt(start, 10, 64)
	to, _ := strconv.ParseInt(end, 10, 64)
	for at := from; at <= to; at += 60 {
		i := (at - fakeStart.Unix()) / 60
		v := 20 + math.Sin(float64(i*i))
		if name == "faults" {
			v = 600*float64(i) + 30*math.Sin(float64(i*i))
			if pod == "b" && i > 400 {
				v += 6000 * float64(min(i, 420)-400)
			}
		}
		if i != 77 {
			values = append(values, []any{at, strconv.FormatFloat(v, 'f', -1, 64)})
		}
	}
	return values
}

func TestHistoryOfAPrometheus(t *testing.T) {
	t.Parallel()
	var fake fakeServer
	server := httptest.NewServer(&fake)
	defer server.Close()
	api, err := promapi.New(server.URL, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	s := Server{API: api, Match: `{job="api"}`, From: fakeStart.Add(13 * time.Second), To: fakeStart.Add(500 * time.Minute), Step: time.Minute, By: []string{"job", "instance"}}
	sources, err := s.Sources(t.Context())
	if err != nil || len(sources) != 2 || sources[1].Entity() != "api/b" {
		t.Fatalf("%v, %v", sources, err)
	}
	collect := &Collect{}
	var table *Table
	var rates []bool
	job := Job{Trial: Trial{Policy: policy(), Catalogue: catalogue.Lookup}, Done: func(o *Outcome, s Score) error {
		collect.Add(o, s, nil, Grace{})
		if o.Table.Entity == "api/b" {
			table, rates = o.Table, o.Rates
		}
		return nil
	}}
	if err := job.Run(t.Context(), sources); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"faults": "counter", "temperature": "gauge"}, table.Types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	if got := table.Series[0]; got.Name != "faults" || got.Values[10] < 5000 || !math.IsNaN(got.Values[77]) || len(got.Values) != 501 {
		t.Errorf("%s has %d rows: %v", got.Name, len(got.Values), got.Values[:12])
	}
	if diff := cmp.Diff([]bool{true, false}, rates); diff != "" {
		t.Errorf("scored as rates (-want +got):\n%s", diff)
	}
	found := map[string]int{}
	for _, m := range collect.moments {
		found[m.Entity+" "+m.Series]++
	}
	if found["api/b faults"] == 0 {
		t.Errorf("news are %v; want the race of api/b faults", found)
	}
	if want := `{job="api",instance="a",job="api"}`; !strings.Contains(strings.Join(fake.asks, "\n"), want) {
		t.Errorf("asked %q; want %s among them", fake.asks, want)
	}
}

func TestEntitiesThatAreTooLargeAreRefused(t *testing.T) {
	t.Parallel()
	e := serverEntity{server: &Server{To: fakeStart.Add(1000 * time.Hour), Step: time.Millisecond}, series: make([]map[string]string, 10), from: fakeStart}
	if _, err := e.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "--step") {
		t.Error(err)
	}
	for _, s := range []Server{{}, {Match: "up"}, {Match: "up", Step: time.Minute, From: fakeStart, To: fakeStart}} {
		if err := s.Check(); err == nil {
			t.Error(fmt.Sprintf("%+v is taken", s))
		}
	}
}
