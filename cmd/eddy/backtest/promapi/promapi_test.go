package promapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	c, err := New(strings.Replace(s.URL, "http://", "http://me:secret@", 1)+"/prefix", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRangePagesByTime(t *testing.T) {
	t.Parallel()
	var asked []int
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); r.URL.Path != "/prefix/api/v1/query_range" || user != "me" || password != "secret" || r.FormValue("query") != `up{a="b"}` {
			http.Error(w, "no", http.StatusNotFound)
			return
		}
		start, _ := strconv.ParseFloat(r.FormValue("start"), 64)
		end, _ := strconv.ParseFloat(r.FormValue("end"), 64)
		asked = append(asked, int(end-start)/15+1)
		var points []string
		for at := start; at <= end; at += 15 {
			points = append(points, fmt.Sprintf(`[%v,"%v"]`, at, at/15))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[%s]}]}}`, strings.Join(points, ","))
	})
	from := time.Unix(1_700_000_010, 0)
	n, next := 0, from
	err := c.Range(t.Context(), `up{a="b"}`, from, from.Add(25_000*15*time.Second), 15*time.Second, 1, func(labels map[string]string, points []Point) error {
		for _, p := range points {
			if !p.Time.Equal(next) || p.Value != float64(next.Unix())/15 {
				return fmt.Errorf("point %d is %v at %s", n, p.Value, p.Time)
			}
			n, next = n+1, next.Add(15*time.Second)
		}
		return nil
	})
	if err != nil || n != 25_001 {
		t.Errorf("%d points, %v", n, err)
	}
	if diff := cmp.Diff([]int{11_000, 11_000, 3001}, asked); diff != "" {
		t.Errorf("points of the pages (-want +got):\n%s", diff)
	}
	asked = nil
	if err := c.Range(t.Context(), `up{a="b"}`, from, from.Add(1999*15*time.Second), 15*time.Second, 1000, func(map[string]string, []Point) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1000, 1000}, asked); diff != "" {
		t.Errorf("points of the pages of a thousand series (-want +got):\n%s", diff)
	}
}

func TestErrorsAreTheServersWords(t *testing.T) {
	t.Parallel()
	f := func(want string, handler http.HandlerFunc) {
		t.Helper()
		c := serve(t, handler)
		_, err := c.Series(t.Context(), "up", time.Unix(1, 0), time.Unix(2, 0))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v; want %q and no password", err, want)
		}
	}
	f("400 Bad Request: bad_data: parse error", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"status":"error","errorType":"bad_data","error":"parse error"}`)
	})
	f("502 Bad Gateway", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) })
	f("is not that of a Prometheus", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	f(`status "error"`, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"error"}`) })
}

func TestTypes(t *testing.T) {
	t.Parallel()
	f := func(want map[string]string, handler http.HandlerFunc) {
		t.Helper()
		got, err := serve(t, handler).Types(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	f(map[string]string{"faults": "counter", "same": "gauge"}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/prefix/api/v1/metadata" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, `{"status":"success","data":{"faults":[{"type":"counter","help":""}],"same":[{"type":"gauge"},{"type":"gauge"}],"unclear":[{"type":"gauge"},{"type":"counter"}]}}`)
	})
	f(nil, http.NotFound)
}

func TestSlowServersAreGivenUp(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer s.Close()
	defer close(over)
	c, err := New(s.URL, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Series(t.Context(), "up", time.Unix(1, 0), time.Unix(2, 0)); err == nil || !strings.Contains(err.Error(), "no answer within 50ms") {
		t.Error(err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "prometheus:9090", "ftp://a", "http://", "http://us:er:x y/"} {
		if _, err := New(address, time.Minute); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}
