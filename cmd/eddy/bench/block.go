package bench

import (
	"time"

	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
)

// block is one request's worth of series, always sent by the same worker, so the order of each series is kept.
type block struct {
	request *remotewrite.Request
	first   int   // index of its first series
	pass    int   // samples sent per series
	last    int64 // timestamp of the last one
	body    []byte
}

// newBlocks encodes all series. Labels live in the requests only: at a million series they are most of the memory.
func newBlocks(o Options) ([]*block, error) {
	var blocks []*block
	for first := 0; first < o.Series; first += o.PerRequest {
		series := make([]schema.Labels, min(o.PerRequest, o.Series-first))
		for i := range series {
			series[i] = labelsOf(first+i, o.Labels)
		}
		request, err := remotewrite.NewRequest(o.protocol(), series)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, &block{request: request, first: first})
	}
	return blocks, nil
}

// next patches the samples of the next pass in and returns the compressed body, valid until the next call.
func (b *block) next(o *Options, m *model, now time.Time) []byte {
	timestamp := max(now.UnixMilli(), b.last+1)
	if !o.Start.IsZero() {
		timestamp = o.Start.UnixMilli() + int64(b.pass)*o.Step.Milliseconds()
	}
	for i := range b.request.Len() {
		b.request.Set(i, timestamp, m.value(b.first+i, b.pass, timestamp))
	}
	b.pass, b.last = b.pass+1, timestamp
	b.body = b.request.Compress(b.body)
	return b.body
}
