package stages

import (
	"testing"

	"eddy/schema"
)

func TestSelector(t *testing.T) {
	t.Parallel()
	series := schema.LabelsFromMap(map[string]string{"__name__": "up", "job": "api", "pod": `a"b`})
	f := func(text string, matches, one bool) {
		t.Helper()
		s, err := ParseSelector(text)
		if err != nil {
			t.Fatal(err)
		}
		l, ok := s.Series()
		if got := s.Matches(series); got != matches || ok && string(l) == string(series) != one {
			t.Errorf("%s: matches %v, is %s %v", text, got, l, ok)
		}
	}
	f(series.String(), true, true)
	f(`up{job="api"}`, true, false)
	f(`up{job=~"a.+",missing=""}`, true, false)
	f(`up{job!="api"}`, false, false)
	for _, bad := range []string{"", "up{", "rate(up[5m])"} {
		if _, err := ParseSelector(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
