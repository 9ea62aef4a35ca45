package stream

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"eddy/schema"
)

// Layout is the set of streams eddy lives on. What is left 0 is taken as the streams have it, so that processes with
// little configuration do not undo what others have set; a value that is given changes the streams.
type Layout struct {
	// Partitions is fixed when the streams are created; at creation the default is the number of cores (2 to 32).
	Partitions int
	// Replicas of every stream; at creation the default is 1.
	Replicas int
	// SamplesAge and AnomaliesAge bound how long history is kept; at creation the defaults are 48 h and 30 days.
	SamplesAge, AnomaliesAge time.Duration
	// MaxBytes is what all streams together may use; at creation the default is 80 % of what the server offers, or of
	// 16 GiB.
	MaxBytes int64
}

// MaxPartitions bounds Layout.Partitions.
const MaxPartitions = 1024

// defaultStore is what eddy plans with on a server that sets no limit.
const defaultStore = 16 << 30

// Buckets that belong to no kind of subject.
const (
	settingsBucket  = "EDDY_SETTINGS"
	leasesBucket    = "EDDY_LEASES"
	snapshotsBucket = "EDDY_SNAPSHOTS"
	partitionsKey   = "partitions"
)

// ErrPartitions is returned by Open when the configuration asks for another number of partitions than the streams have.
var ErrPartitions = errors.New("stream: the number of partitions is fixed when the streams are created")

// Open makes or checks the streams and returns the broker on them. It waits, as long as ctx allows, for a cluster that
// is still finding its peers or electing its leaders.
func Open(ctx context.Context, c *Client, layout Layout, log zerolog.Logger) (*JetStream, error) {
	j := &JetStream{Client: c, log: log, layout: layout}
	if err := j.fillLayout(ctx); err != nil {
		return nil, err
	}
	j.pressure = &pressure{waiting: make([]atomic.Int64, j.layout.Partitions)}
	streams, err := j.reconcile(ctx, layout)
	if err != nil {
		return nil, err
	}
	for _, cfg := range streams {
		if err := j.makeStream(ctx, cfg); err != nil {
			return nil, err
		}
	}
	if err := j.makeBuckets(ctx); err != nil {
		return nil, err
	}
	if err := (jsSnapshots{j.js, j.snapshots}).clean(ctx); err != nil {
		log.Warn().Err(err).Msg("remains of old snapshots could not be removed; trying again at the next start")
	}
	return j, nil
}

// makeBuckets makes what is no stream of eddy's own subjects.
func (j *JetStream) makeBuckets(ctx context.Context) error {
	err := j.patiently(ctx, "bucket "+settingsBucket, func(ctx context.Context) error {
		_, err := j.makeSettings(ctx)
		return err
	})
	if err != nil {
		return err
	}
	err = j.patiently(ctx, "bucket "+leasesBucket, func(ctx context.Context) (err error) {
		j.leases, err = makeLeases(ctx, j.js, j.layout.Replicas)
		return err
	})
	if err != nil {
		return err
	}
	return j.patiently(ctx, "object store "+snapshotsBucket, func(ctx context.Context) (err error) {
		j.snapshots, err = j.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: snapshotsBucket,
			Storage: jetstream.FileStorage, Replicas: j.layout.Replicas})
		return err
	})
}

func (j *JetStream) makeStream(ctx context.Context, cfg jetstream.StreamConfig) error {
	err := j.patiently(ctx, "stream "+cfg.Name, func(ctx context.Context) error {
		_, err := j.js.CreateOrUpdateStream(ctx, cfg)
		return err
	})
	if errors.Is(appendError(err), ErrFull) {
		return fmt.Errorf("the NATS server has no room for stream %s (%d bytes): set nats.max_store to what eddy may use there: %w", cfg.Name, cfg.MaxBytes, err)
	}
	return err
}

func (j *JetStream) fillLayout(ctx context.Context) error {
	l := &j.layout
	if l.Replicas == 0 {
		settings, err := j.existing(ctx, "KV_"+settingsBucket)
		if err != nil {
			return err
		}
		l.Replicas = 1
		if settings != nil {
			l.Replicas = max(settings.Replicas, 1)
		}
	}
	if l.SamplesAge == 0 {
		l.SamplesAge = 48 * time.Hour
	}
	if l.AnomaliesAge == 0 {
		l.AnomaliesAge = 30 * 24 * time.Hour
	}
	if l.Partitions < 0 || l.Partitions > MaxPartitions {
		return fmt.Errorf("partitions: %d is not in 0..%d", l.Partitions, MaxPartitions)
	}
	if err := j.fixPartitions(ctx); err != nil {
		return err
	}
	if l.MaxBytes == 0 {
		var info *jetstream.AccountInfo
		err := j.patiently(ctx, "JetStream of this server", func(ctx context.Context) (err error) {
			info, err = j.js.AccountInfo(ctx)
			return err
		})
		if err != nil {
			return err
		}
		offered := max(j.offered, info.Limits.MaxStore)
		if offered <= 0 {
			offered = defaultStore
		}
		l.MaxBytes = offered / 10 * 8
	}
	return nil
}

// fixPartitions records the number of partitions at creation, and holds everybody to it ever after.
func (j *JetStream) fixPartitions(ctx context.Context) error {
	var kv jetstream.KeyValue
	err := j.patiently(ctx, "bucket "+settingsBucket, func(ctx context.Context) (err error) {
		if kv, err = j.js.KeyValue(ctx, settingsBucket); errors.Is(err, jetstream.ErrBucketNotFound) {
			kv, err = j.makeSettings(ctx)
		}
		return err
	})
	if err != nil {
		return err
	}
	want := j.layout.Partitions
	if want == 0 {
		want = min(max(runtime.NumCPU(), 2), 32)
	}
	// A create whose answer was lost finds its own key at the next attempt, which is read back below.
	err = j.patiently(ctx, "bucket "+settingsBucket, func(ctx context.Context) error {
		_, err := kv.Create(ctx, partitionsKey, []byte(strconv.Itoa(want)))
		return err
	})
	if err == nil {
		j.layout.Partitions = want
		return nil
	}
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return err
	}
	have, err := readPartitions(ctx, kv)
	if err != nil {
		return err
	}
	if j.layout.Partitions != 0 && j.layout.Partitions != have {
		return fmt.Errorf("%w: these have %d, the configuration says %d; set partitions to %d or leave it out, or start with a new data directory",
			ErrPartitions, have, j.layout.Partitions, have)
	}
	j.layout.Partitions = have
	return nil
}

func (j *JetStream) makeSettings(ctx context.Context) (jetstream.KeyValue, error) {
	return j.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: settingsBucket,
		Storage: jetstream.FileStorage, Replicas: j.layout.Replicas})
}

// Partitions asks how many partitions the samples are spread over, without making anything.
func (c *Client) Partitions(ctx context.Context) (int, error) {
	kv, err := c.js.KeyValue(ctx, settingsBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return 0, errors.New("eddy's settings bucket does not exist on this server: is it eddy's, and has eddy run there?")
	}
	if err != nil {
		return 0, err
	}
	return readPartitions(ctx, kv)
}

func readPartitions(ctx context.Context, kv jetstream.KeyValue) (int, error) {
	entry, err := kv.Get(ctx, partitionsKey)
	if err != nil {
		return 0, fmt.Errorf("bucket %s: %w", settingsBucket, err)
	}
	return parsePartitions(entry.Value())
}

func parsePartitions(value []byte) (int, error) {
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 1 || n > MaxPartitions {
		return 0, fmt.Errorf("bucket %s: key %s holds %q, not a number of partitions", settingsBucket, partitionsKey, value)
	}
	return n, nil
}

// streams lists the configuration of every stream. Shares of the space: samples 60 %, features 10 %, scores 10 %,
// anomalies 5 %, dead letters 1 %; the rest is for snapshots and buckets.
func (j *JetStream) streams() []jetstream.StreamConfig {
	l := j.layout
	share := func(percent, n int64) int64 { return max(l.MaxBytes/100*percent/n, 1<<20) }
	base := jetstream.StreamConfig{Storage: jetstream.FileStorage, Replicas: l.Replicas, Discard: jetstream.DiscardNew,
		Retention: jetstream.LimitsPolicy, Duplicates: 100 * time.Millisecond}
	var all []jetstream.StreamConfig
	for p := range l.Partitions {
		for _, kind := range []schema.Kind{schema.KindSamples, schema.KindFeatures, schema.KindScores} {
			cfg := base
			cfg.Name = schema.PartitionStream(kind, p)
			cfg.Subjects = []string{schema.PartitionSubject(kind, "*", p)}
			if kind == schema.KindSamples {
				cfg.MaxBytes, cfg.MaxAge = share(60, int64(l.Partitions)), l.SamplesAge
			} else {
				cfg.MaxBytes = share(10, int64(l.Partitions))
				if l.Replicas == 1 && j.embedded {
					cfg.PersistMode = jetstream.AsyncPersistMode // a lost tail is derived again; such a stream can never be replicated
				}
			}
			all = append(all, cfg)
		}
	}
	anomalies := base
	anomalies.Name, anomalies.Subjects = schema.AnomalyStream, []string{"eddy.anomalies.>", "eddy.claims.>"}
	anomalies.MaxBytes, anomalies.MaxAge, anomalies.Discard = share(5, 1), l.AnomaliesAge, jetstream.DiscardOld
	dead := base
	dead.Name, dead.Subjects = schema.DeadStream, []string{schema.DeadSubject(">")}
	dead.MaxBytes, dead.MaxAge, dead.Discard, dead.Duplicates = share(1, 1), l.AnomaliesAge, jetstream.DiscardOld, min(2*time.Minute, l.AnomaliesAge)
	return append(all, anomalies, dead)
}
