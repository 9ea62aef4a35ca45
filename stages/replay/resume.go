package replay

import (
	"bytes"
	"errors"
	"fmt"

	"eddy/stages"
	"eddy/stream"
)

// State is what a stage had saved when it had digested every record up to Root.
type State struct {
	Stage string
	Root  uint64
	Data  []byte // as stream.Snapshotter wrote it
}

// StageNames returns the stages of a chain, in the order the data flows.
func StageNames() []string { return []string{"features", "scoring", "anomalies"} }

// Resume returns a partition's stages as they were when they saved the given states; a stage without one is in its
// initial state. Process then wants every record behind the root of the first stage, and each stage passes over what
// is already in its state: what it lacks is made again by the stage before it, so no stage may be ahead of the next one.
func Resume(partition int, catalogue stages.Catalogue, states ...State) (*Chain, error) {
	c := NewChain(partition, catalogue)
	for _, s := range states {
		if err := c.restore(s); err != nil {
			return nil, fmt.Errorf("state of stage %s after record %d: %w", s.Stage, s.Root, err)
		}
	}
	for i, l := range c.links[1:] {
		if before := c.links[i]; before.root > l.root {
			return nil, fmt.Errorf("stage %s is at record %d, but %s behind it at %d: what lies between would be missing",
				before.name, before.root, l.name, l.root)
		}
	}
	return c, nil
}

func (c *Chain) restore(s State) error {
	for _, l := range c.links {
		if l.name != s.Stage {
			continue
		}
		p, ok := l.processor.(stream.Snapshotter)
		if !ok {
			return errors.New("it saves none")
		}
		l.root = s.Root
		return p.Restore(bytes.NewReader(s.Data))
	}
	return errors.New("no such stage")
}
