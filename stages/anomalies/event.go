package anomalies

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"eddy/schema"
	"eddy/stages"
)

// occasion is all that an event is a function of.
type occasion struct {
	eventType string
	timestamp int64 // of the row that caused it
	tenant    string
	partition int
	root      uint64
	digest    string
	cause     schema.Cause
	silent    bool // of the episode of silence
	detector  *stages.Detector
	kind      schema.SeriesKind
	labels    schema.Labels
	episode   *episode
}

// maxEvent is the largest event in bytes: a message of the broker takes 1 MiB, less room for headers and the latency.
const maxEvent = 1_000_000

// encode returns the event as JSON. Labels too long for a message are clipped, all to the same length; a set so large
// that even this is too much keeps its name alone.
func (o *occasion) encode() []byte {
	for _, most := range []int{math.MaxInt, 4096, 512, 64, 8} {
		if data := o.marshal(clip(o.labels, most)); len(data) <= maxEvent {
			return data
		}
	}
	name := clipText(o.labels.Get(schema.MetricName), 1024)
	return o.marshal(schema.AppendLabel(nil, schema.MetricName, name))
}

func (o *occasion) marshal(labels schema.Labels) []byte {
	data, err := json.Marshal(o.event(labels))
	if err != nil {
		panic("event cannot be encoded: " + err.Error()) // strings and finite numbers: cannot happen
	}
	return data
}

func (o *occasion) event(labels schema.Labels) *schema.Event {
	id := o.id()
	return &schema.Event{
		SpecVersion:     "1.0",
		ID:              id + "-" + strconv.Itoa(o.episode.events),
		Source:          "/eddy/" + o.tenant + "/" + o.detector.Name,
		Type:            o.eventType,
		Subject:         labels.String(),
		Time:            instant(o.timestamp),
		DataContentType: "application/json",
		Data:            o.anomaly(id, labels),
	}
}

func (o *occasion) anomaly(id string, labels schema.Labels) schema.Anomaly {
	e, info := o.episode, o.detector.ModelInfo
	worst := &e.worst
	a := schema.Anomaly{
		ID: id, Tenant: o.tenant, Detector: o.detector.Name, Severity: e.highest, Labels: labels.Map(),
		Timestamp: instant(worst.Timestamp), StartedAt: instant(e.started),
		Feature: o.kind.Feature(), Value: finite(worst.Value), Expected: finite(worst.Expected),
		Lower: finite(worst.Lower), Upper: finite(worst.Upper), Score: finite(worst.Score),
		Cause: o.cause, Contributions: contributions(info.Contributors, worst),
		Model:     schema.ModelRef{Algorithm: info.Algorithm, Version: info.Version, Digest: info.Digest},
		Partition: o.partition, Sequence: o.root, ConfigDigest: o.digest,
	}
	if !o.silent {
		a.Direction = direction(worst)
	}
	if o.eventType == schema.TypeResolved {
		a.EndedAt = instant(max(o.timestamp, e.started))
	}
	return a
}

// id names the episode: the same samples under the same policy always give the same.
func (o *occasion) id() string {
	var b []byte
	cause := string(o.cause)
	if o.silent && o.cause != schema.CauseSilence {
		cause += "/" + string(schema.CauseSilence) // the metric may have the same cause at the same time
	}
	for _, part := range []string{o.tenant, o.detector.Name, string(o.labels), cause} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(o.episode.started))
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func direction(r *schema.ScoreRow) schema.Direction {
	if r.Value < r.Expected {
		return schema.DirectionDown
	}
	return schema.DirectionUp
}

// contributions names the shares, to four digits: they are float32 and would look more exact than they are.
func contributions(names []string, r *schema.ScoreRow) map[string]float64 {
	var m map[string]float64
	for i, name := range names {
		if i < len(r.Contributions) && r.Contributions[i] > 0 {
			if m == nil {
				m = map[string]float64{}
			}
			m[name] = math.Round(min(float64(r.Contributions[i]), 1)*1e4) / 1e4
		}
	}
	return m
}

// instant writes Unix milliseconds as RFC 3339, brought into the years 1970 to 9999 that it can express.
func instant(ms int64) string {
	const last = 253_402_300_799_999
	return time.UnixMilli(max(0, min(ms, last))).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// finite makes a number JSON can hold.
func finite(v float64) float64 {
	if v != v {
		return 0
	}
	return max(-math.MaxFloat64, min(v, math.MaxFloat64))
}

// clip shortens names and values to at most most bytes, at a rune.
func clip(l schema.Labels, most int) schema.Labels {
	if most >= len(l) {
		return l
	}
	var short schema.Labels
	for len(l) > 0 {
		name, value, rest, err := l.Next()
		if err != nil {
			break
		}
		short = schema.AppendLabel(short, clipText(name, most), clipText(value, most))
		l = rest
	}
	return short
}

func clipText(b []byte, most int) string {
	if len(b) <= most {
		return string(b)
	}
	for most > 0 && !utf8.RuneStart(b[most]) {
		most--
	}
	return string(b[:most])
}
