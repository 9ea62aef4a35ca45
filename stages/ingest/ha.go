package ingest

import "time"

// Replicas are identical senders; storing all of them would double every series. Per cluster one replica is elected,
// the first that came, and keeps the office as long as it sends. The names are kept as hashes: replicas are often pod
// names, of which there is no end.

// replicaID says which sender a series came from; the zero value is one without replicas.
type replicaID struct{ cluster, replica uint64 }

type election struct {
	elected uint64
	at      int64 // Unix milliseconds of the elected one's last samples
}

type elections struct {
	clusters map[uint64]*election
	lastID   uint64
	last     *election // of lastID; senders come one cluster at a time
}

// verdict is what becomes of a replica's samples.
type verdict uint8

const (
	elected verdict = iota
	electedNew
	duplicate
	tooManyClusters
)

// judge says whether the replica is the elected one, electing it when the office is vacant. Now is in Unix milliseconds.
func (e *elections) judge(id replicaID, cfg *HAConfig, now int64) verdict {
	c := e.last
	if c == nil || e.lastID != id.cluster {
		c = e.clusters[id.cluster]
	}
	v := elected
	switch {
	case c == nil:
		if len(e.clusters) >= cfg.MaxClusters {
			return tooManyClusters
		}
		c = &election{elected: id.replica}
		if e.clusters == nil {
			e.clusters = map[uint64]*election{}
		}
		e.clusters[id.cluster] = c
	case c.elected == id.replica:
	case now-c.at > cfg.Failover.Milliseconds():
		c.elected, v = id.replica, electedNew
	default:
		v = duplicate
	}
	if v != duplicate {
		c.at = now
	}
	e.last, e.lastID = c, id.cluster
	return v
}

// forgetIdle makes room for new clusters.
func (e *elections) forgetIdle(now int64, after time.Duration) {
	for id, c := range e.clusters {
		if now-c.at > after.Milliseconds() {
			delete(e.clusters, id)
		}
	}
	e.last = nil
}
