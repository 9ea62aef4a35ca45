package ingest

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"eddy/schema"
	"eddy/stages/internal/intern"
)

// tenant is one sender's world in this gateway. Everything below mu belongs to who holds it.
type tenant struct {
	name     string
	hash     uint64       // mixed into the choice of partitions
	subjects []string     // by partition
	lastData atomic.Int64 // Unix milliseconds, by the clock, of the last accepted samples; 0 none yet
	stored   stored

	mu        sync.Mutex
	gone      bool // idle and dropped from the gateway; look it up again
	away      bool // the log may say that it is silent
	touchedAt int64
	series    seriesTable
	replicas  elections
	kinds     map[string]uint8 // metric name to announced type
	canon     canon
}

func newTenant(name string, partitions int, cfg *Config) *tenant {
	t := &tenant{name: name, hash: intern.Hash([]byte(name)), series: newSeriesTable(), kinds: map[string]uint8{},
		canon: canon{cfg: cfg}, away: true}
	for p := range partitions {
		t.subjects = append(t.subjects, schema.PartitionSubject(schema.KindSamples, name, p))
	}
	return t
}

// Partition is where a series of a tenant lives, among so many partitions. Every gateway must agree on it for ever.
func Partition(tenant string, labels schema.Labels, partitions int) int {
	return partitionOf(intern.Hash([]byte(tenant)), labels, partitions)
}

func partitionOf(tenantHash uint64, labels schema.Labels, partitions int) int {
	h := familyHash(labels) ^ tenantHash
	h *= 0x9E3779B97F4A7C15 // spread the difference between tenants over the high bits
	return int(h >> 33 % uint64(partitions))
}

// refusal is why a series is not taken; the zero value means it is.
type refusal struct {
	why   string
	quota bool
}

// resolve returns the series of an item, new or known, and whether its sender is the elected replica.
func (t *tenant) resolve(key []byte, cfg *Config, now int64) (ref uint32, v verdict, no refusal) {
	seen := uint32(now / 1000)
	ref, from, ok := t.series.find(key, seen)
	if !ok {
		ref, from, no = t.learn(key, cfg, now)
	}
	if no.why != "" || from == (replicaID{}) {
		return ref, elected, no
	}
	v = t.replicas.judge(from, &cfg.HA, now)
	if v == tooManyClusters {
		no = refusal{fmt.Sprintf("tenant %s has %d clusters of replicas, its limit (ha.max_clusters)", t.name, cfg.HA.MaxClusters), true}
	}
	return ref, v, no
}

// learn validates a spelling that is not known and remembers it.
func (t *tenant) learn(raw []byte, cfg *Config, now int64) (ref uint32, from replicaID, no refusal) {
	key, fault := t.canon.parse(raw)
	if fault != "" {
		return 0, from, refusal{why: fault}
	}
	if t.canon.replica != nil {
		from = replicaID{cluster: intern.Hash(t.canon.cluster) | 1, replica: intern.Hash(t.canon.replica)}
	}
	seen := uint32(now / 1000)
	same := bytes.Equal(key, raw)
	ref, ok := uint32(0), false
	if !same {
		ref, ok = t.series.names.Lookup(key)
	}
	if !ok {
		if n := t.series.names.Len(); n >= cfg.MaxSeries {
			return 0, from, refusal{fmt.Sprintf("tenant %s has %d active series, its limit is %d (max_series)", t.name, n, cfg.MaxSeries), true}
		}
		ref = t.series.add(key, uint16(partitionOf(t.hash, key, len(t.subjects))), seen)
	}
	t.series.states.At(ref).seen = seen
	if t.series.aliasFirst = !same; !same {
		t.series.addAlias(raw, ref, from, cfg.MaxSeries, seen)
	}
	return ref, from, refusal{}
}
