package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/golang/snappy"
)

// fleet is a scripted set of series: noise around a level, and now and then a fault of twenty samples. It is a pure
// function of series and step, so every run sends the same samples.
type fleet struct {
	series, steps int
	from          time.Time // of step 0; one second a step
}

func (f fleet) value(series, step int) float64 {
	rng := rand.New(rand.NewPCG(uint64(series), uint64(step)))
	v := 100 + 10*float64(series%7) + rng.NormFloat64()
	if phase := (step + series*37) % 400; step > 200 && phase < 20 && series%3 == 0 {
		v += 80
	}
	return v
}

// request encodes one step as a snappy remote-write 1.0 request.
func (f fleet) request(step int) []byte {
	var body []byte
	for s := range f.series {
		var ts []byte
		for _, l := range [][2]string{{"__name__", "e2e_load"}, {"instance", fmt.Sprintf("host-%03d:9100", s)}, {"job", "e2e"}} {
			label := appendField(appendField(nil, 1, []byte(l[0])), 2, []byte(l[1]))
			ts = appendField(ts, 1, label)
		}
		sample := append([]byte{1<<3 | 1}, binary.LittleEndian.AppendUint64(nil, math.Float64bits(f.value(s, step)))...)
		sample = binary.AppendUvarint(append(sample, 2<<3), uint64(f.time(step)))
		body = appendField(body, 1, appendField(ts, 2, sample))
	}
	return snappy.Encode(nil, body)
}

// time is the timestamp of a step in Unix milliseconds.
func (f fleet) time(step int) int64 { return f.from.UnixMilli() + int64(step)*1000 }

func appendField(dst []byte, number int, content []byte) []byte {
	dst = append(dst, byte(number<<3|2))
	dst = binary.AppendUvarint(dst, uint64(len(content)))
	return append(dst, content...)
}

// send posts every step in order, repeating each until it is accepted, as Prometheus does. Progress receives the number
// of steps accepted so far.
func (f fleet) send(t *testing.T, url string, progress func(step int)) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second}
	for step := range f.steps {
		body := f.request(step)
		for deadline := time.Now().Add(60 * time.Second); ; {
			status := post(client, url, body)
			if status/100 == 2 {
				break
			}
			if status/100 == 4 || time.Now().After(deadline) {
				t.Errorf("step %d: status %d", step, status)
				return
			}
			<-time.After(20 * time.Millisecond)
		}
		progress(step + 1)
	}
}

// post returns the status, 0 when there was no answer.
func post(client *http.Client, url string, body []byte) int {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "snappy")
	req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}
