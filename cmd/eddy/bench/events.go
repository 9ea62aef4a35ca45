package bench

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"eddy/schema"
)

// events measures the way from sample to event out of the events themselves.
type events struct {
	opened  atomic.Int64
	all     atomic.Int64
	latency histogram // accepted → published
}

// observe takes one event as it came from the subject; what is none is passed over.
func (e *events) observe(data []byte) {
	var event schema.Event
	if json.Unmarshal(data, &event) != nil || event.SpecVersion == "" {
		return
	}
	e.all.Add(1)
	if event.Type == schema.TypeOpened {
		e.opened.Add(1)
	}
	if event.Data.Latency == nil {
		return
	}
	accepted, err := time.Parse(time.RFC3339Nano, event.Data.Latency.Accepted)
	if err != nil {
		return
	}
	published, err := time.Parse(time.RFC3339Nano, event.Data.Latency.Published)
	if err != nil {
		return
	}
	e.latency.observe(published.Sub(accepted))
}
