package export

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/schema"
)

func labels(pairs ...string) schema.Labels {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return schema.LabelsFromMap(m)
}

func TestText(t *testing.T) {
	t.Parallel()
	l := NewLatest()
	l.Set("shop", labels("__name__", "http_requests_total", "path", "a\"b\\\n", "x.y", "1"), Point{Timestamp: 1000, Value: 7, Expected: 5, Lower: 4, Upper: 6, Score: 0.5, Ready: true})
	l.Set("shop", labels("__name__", "young"), Point{Timestamp: 2000, Value: 3})
	l.Set("other", labels("__name__", "secret"), Point{Timestamp: 2000, Value: 3})
	var b strings.Builder
	if err := WriteText(&b, l.Collect("shop")); err != nil {
		t.Fatal(err)
	}
	const set = `{for="http_requests_total",path="a\"b\\\n","x.y"="1"}`
	want := `# TYPE anomaly_score gauge
anomaly_score` + set + ` 1 1000
# TYPE y gauge
y{for="young"} 3 2000
y` + set + ` 7 1000
# TYPE yhat gauge
yhat` + set + ` 5 1000
# TYPE yhat_lower gauge
yhat_lower` + set + ` 4 1000
# TYPE yhat_upper gauge
yhat_upper` + set + ` 6 1000
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOlderPointsArePassedOverAndQuietSeriesForgotten(t *testing.T) {
	t.Parallel()
	l := NewLatest()
	l.Set("t", labels("__name__", "a"), Point{Timestamp: 5000, Value: 2})
	l.Set("t", labels("__name__", "a"), Point{Timestamp: 4000, Value: 1})
	l.Set("t", labels("__name__", "gone"), Point{Timestamp: 1})
	l.Set("t", labels("__name__", "b"), Point{Timestamp: 5000 + stale - 1})
	got := l.Collect("t")
	if len(got) != 2 || got[0].Point.Value != 2 || l.series != 2 {
		t.Errorf("%+v, %d series", got, l.series)
	}
}

func TestTakeReturnsEachPointOnce(t *testing.T) {
	t.Parallel()
	l := NewLatest()
	a := labels("__name__", "a")
	l.Set("t", a, Point{Timestamp: 1000})
	if n := len(l.Take("t")); n != 1 {
		t.Errorf("%d at first", n)
	}
	if n := len(l.Take("t")); n != 0 {
		t.Errorf("%d again", n)
	}
	l.Set("t", a, Point{Timestamp: 2000})
	if n := len(l.Take("t")); n != 1 {
		t.Errorf("%d after a new one", n)
	}
}

func TestHandlerKeepsTenantsApart(t *testing.T) {
	t.Parallel()
	l := NewLatest()
	l.Set("shop", labels("__name__", "a"), Point{Timestamp: 1})
	f := func(tenant, parameter string, status int, contains bool) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/api/v1/scores"+parameter, nil)
		if tenant != "" {
			r.Header.Set("X-Scope-OrgID", tenant)
		}
		w := httptest.NewRecorder()
		l.Handler().ServeHTTP(w, r)
		if w.Code != status || strings.Contains(w.Body.String(), `for="a"`) != contains {
			t.Errorf("%q %q: %d %q", tenant, parameter, w.Code, w.Body)
		}
	}
	f("shop", "", 200, true)
	f("", "?tenant=shop", 200, true)
	f("", "", 200, false)
	f("a.b", "", 400, false)
}

func TestLabelsMoveTheName(t *testing.T) {
	t.Parallel()
	if got := Labels(labels("__name__", "up", "job", "x"), "yhat").String(); got != `yhat{for="up", job="x"}` && got != `yhat{for="up",job="x"}` {
		t.Errorf("got %s", got)
	}
}
