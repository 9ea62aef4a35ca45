package main

import "testing"

func TestDecode(t *testing.T) {
	t.Parallel()
	e, err := decode([]byte(`{"specversion":"1.0","id":"a-1","type":"eddy.anomaly.opened.v1","subject":"up{job=\"x\"}",
		"data":{"anomaly_id":"a","severity":"critical","value":0,"lower":0.9,"upper":1.1,"cause":"metric"}}`))
	if err != nil || e.ID != "a-1" || e.Data.AnomalyID != "a" || e.Data.Upper != 1.1 || e.Subject != `up{job="x"}` {
		t.Errorf("%+v, %v", e, err)
	}
	for _, bad := range []string{"", "{}", "[1]"} {
		if _, err := decode([]byte(bad)); err == nil {
			t.Errorf("%q was taken for an event", bad)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	if got := filter("shop", "*"); got != "eddy.anomalies.shop.*.*" {
		t.Errorf("got %s", got)
	}
}
