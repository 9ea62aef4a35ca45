package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"eddy/cmd/eddy/samples"
	"eddy/schema"
	"eddy/stream"
)

type replayCmd struct {
	natsFlags `embed:""`
	Tenant    string `default:"default" help:"Whose history."`
	From      string `placeholder:"WHEN" help:"First moment of the samples: 1h (ago) or 2026-11-24T12:00:00Z (default: as far back as there is)."`
	To        string `placeholder:"WHEN" help:"Last moment (default now)."`
	Partition int    `default:"-1" placeholder:"P" help:"Only this partition (default all, one after the other)."`
	ToSubject string `name:"to-subject" placeholder:"SUBJECT" help:"Publish the records as they are stored (snappy WriteRequests) instead of printing samples."`
}

// Help shows examples below the usage.
func (replayCmd) Help() string {
	return "Prints one JSON object per sample: series, timestamp (Unix ms), value, partition, sequence.\n\n" +
		"Examples:\n  eddy replay --tenant shop --from 2h --to 1h\n  eddy replay --tenant shop --to-subject lab.samples"
}

// maxAhead is how far a sample's time may be ahead of its arrival; ingest refuses more.
const maxAhead = 10 * time.Minute

// Run reads the partitions' logs up to the present.
func (c replayCmd) Run(ctx context.Context, io stdio) error {
	from, to, err := c.window(time.Now())
	if err != nil {
		return err
	}
	client, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	first, end := c.Partition, c.Partition+1
	if c.Partition < 0 {
		first = 0
		if end, err = client.Partitions(ctx); err != nil {
			return err
		}
	}
	r := replayer{window: window{from.UnixMilli(), to.UnixMilli()}, io: io}
	if c.ToSubject != "" {
		r.publish = func(data []byte) error {
			return client.Publish(ctx, c.ToSubject, data)
		}
	}
	for p := first; p < end; p++ {
		start := stream.Start{UntilNow: true}
		if c.From != "" {
			start.Time = from.Add(-maxAhead) // no earlier record can hold a sample of the window
		}
		r.partition = p
		if err := client.Follow(ctx, schema.PartitionStream(schema.KindSamples, p),
			[]string{schema.PartitionSubject(schema.KindSamples, c.Tenant, p)}, start, r.record); err != nil {
			return err
		}
	}
	fmt.Fprintf(io.err, "%d samples in %d records\n", r.samples, r.records)
	return ctx.Err()
}

func (c replayCmd) window(now time.Time) (from, to time.Time, err error) {
	to = now.Add(maxAhead)
	if err = schema.CheckTenant(c.Tenant); err != nil {
		return from, to, err
	}
	if c.From != "" {
		if from, err = parseMoment(c.From, now); err != nil {
			return from, to, err
		}
	} else {
		from = time.UnixMilli(0)
	}
	if c.To != "" {
		if to, err = parseMoment(c.To, now); err != nil {
			return from, to, err
		}
	}
	if to.Before(from) {
		return from, to, errors.New("--to is before --from")
	}
	if strings.HasPrefix(c.ToSubject, "eddy.") || strings.ContainsAny(c.ToSubject, "*> \t") {
		return from, to, fmt.Errorf("--to-subject %q: must be a plain subject outside eddy.>, whose logs are written by eddy alone", c.ToSubject)
	}
	return from, to, nil
}

// window is a time span in Unix milliseconds, both ends included.
type window struct{ from, to int64 }

func (w window) holds(timestamp int64) bool { return timestamp >= w.from && timestamp <= w.to }

// replayer passes the records of a window on.
type replayer struct {
	window    window
	io        stdio
	publish   func(data []byte) error // nil: print the samples
	partition int
	samples   int
	records   int
	line      []byte
}

// record handles one message of a samples log. A record with one sample in the window is published whole.
func (r *replayer) record(m stream.Message) error {
	if m.Header.Get(stream.HeaderKind) == stream.KindControl {
		return nil
	}
	inside := 0
	err := samples.Walk(m.Data, func(labels schema.Labels, timestamp int64, value float64) error {
		if !r.window.holds(timestamp) {
			return nil
		}
		inside++
		if r.publish != nil {
			return nil
		}
		return r.print(labels, timestamp, value, m.Sequence)
	})
	if errors.Is(err, samples.ErrRecord) {
		fmt.Fprintf(r.io.err, "partition %d, record %d is passed over: %v\n", r.partition, m.Sequence, err)
		return nil
	}
	if err != nil || inside == 0 {
		return err
	}
	r.samples += inside
	r.records++
	if r.publish != nil {
		return r.publish(m.Data)
	}
	return nil
}

func (r *replayer) print(labels schema.Labels, timestamp int64, value float64, sequence uint64) error {
	series, err := json.Marshal(labels.String())
	if err != nil {
		return err
	}
	line := append(r.line[:0], `{"series":`...)
	line = append(line, series...)
	line = append(line, `,"timestamp":`...)
	line = strconv.AppendInt(line, timestamp, 10)
	line = append(line, `,"value":`...)
	line = appendNumber(line, value)
	line = append(line, `,"partition":`...)
	line = strconv.AppendInt(line, int64(r.partition), 10)
	line = append(line, `,"sequence":`...)
	line = strconv.AppendUint(line, sequence, 10)
	r.line = append(line, "}\n"...)
	_, err = r.io.out.Write(r.line)
	return err
}

// appendNumber writes what JSON has no number for as Prometheus' API does: a string.
func appendNumber(dst []byte, v float64) []byte {
	if v-v != 0 { // NaN, infinite
		return append(strconv.AppendFloat(append(dst, '"'), v, 'g', -1, 64), '"')
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}
