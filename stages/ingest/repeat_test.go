package ingest

import (
	"fmt"
	"testing"

	"github.com/golang/snappy"
)

// TestABusyGatewayRemembersEveryTenantsRequests: what others send, and how much, is no matter.
func TestABusyGatewayRemembersEveryTenantsRequests(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	send := func(tenant string, at ...int64) answer {
		r := request(typeV1, snappy.Encode(nil, marshalV1(t, up("a", at...))))
		r.Header.Set("X-Scope-OrgID", tenant)
		a, _ := h.do(r)
		return a
	}
	check(t, send("quiet", 1, 2, 3), answer{204, 3, 0, 0})
	for i := range int64(1000) {
		check(t, send("busy", 10*i+1, 10*i+2), answer{204, 2, 0, 0})
	}
	check(t, send("quiet", 1, 2, 3), answer{204, 3, 0, 0})
	check(t, send("busy", 1, 2), answer{204, 2, 0, 0})
	check(t, send("busy", 2, 3), answer{400, 0, 0, 0})
	check(t, send("other", 1, 2), answer{204, 2, 0, 0}) // its own, not the busy one's
}

func TestWhatIsRememberedIsAMinute(t *testing.T) {
	t.Parallel()
	f := func(perSecond, seconds, want int) {
		t.Helper()
		var s stored
		var last fingerprint
		for i := range perSecond * seconds {
			last = fingerprintOf(V1, []byte(fmt.Sprint(i)))
			s.add(last, Written{Samples: i}, int64(i*1000/perSecond))
		}
		check(t, len(s.ring), want)
		w, ok := s.find(last)
		check(t, ok, true)
		check(t, w, Written{Samples: perSecond*seconds - 1})
		_, ok = s.find(fingerprintOf(V2, []byte("0")))
		check(t, ok, false)
	}
	f(1, 30, 30)
	f(1, 3600, 60)
	f(20, 600, 1200)
	f(1000, 60, storedMost)
}
