package stream

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go/jetstream"
)

// jsSnapshots keeps each snapshot as snappy-compressed parts "<stage>/<partition>/<version>/<root>-<input>/<i>" and, once all of them are
// stored, an object without the last element that says how many there are. Parts go one after another, because the
// object store publishes without waiting in between and a server drops what it cannot queue (128 MiB by default).
// Every name is used once, so a reader never meets a snapshot that is being replaced, nor half of one.
//
// What is removed is purged: the object store's own way leaves a mark for every name it ever had, and reads them all
// whenever it lists.
type jsSnapshots struct {
	js    jetstream.JetStream
	store jetstream.ObjectStore
}

// The stream and the subjects of the object store, which nats.go and every other client agree on.
const (
	snapshotsStream = "OBJ_" + snapshotsBucket
	snapshotsMeta   = "$O." + snapshotsBucket + ".M."
	snapshotsChunks = "$O." + snapshotsBucket + ".C."
)

// listWithin bounds a list, removeWithin a removal: neither may hold up a partition.
const (
	listWithin   = 10 * time.Second
	removeWithin = 10 * time.Second
)

func (s jsSnapshots) Save(ctx context.Context, key SnapshotKey, state [][]byte) error {
	name := objectName(key)
	var packed []byte
	for i, part := range state {
		packed = s2.EncodeSnappy(packed[:cap(packed)], part) // labels are half of a state, and repeat themselves
		state[i] = nil
		if _, err := s.store.PutBytes(ctx, partName(name, i), packed); err != nil {
			return appendError(err)
		}
	}
	if _, err := s.store.PutBytes(ctx, name, []byte(strconv.Itoa(len(state)))); err != nil {
		return appendError(err)
	}
	return s.sweep(ctx, key)
}

// sweep removes parts that a crash has left without the object that counts them.
func (s jsSnapshots) sweep(ctx context.Context, key SnapshotKey) error {
	names, err := s.names(ctx)
	if err != nil {
		return err
	}
	whole := map[string]bool{}
	for _, name := range names {
		whole[name] = true
	}
	for _, name := range names {
		base := name[:strings.LastIndexByte(name, '/')]
		k, ok := parseObjectName(base)
		if ok && k.Stage == key.Stage && k.Partition == key.Partition && !whole[base] && k.Root <= key.Root {
			if err := s.remove(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// names asks for the subjects of the stream, which is one request and no consumer.
func (s jsSnapshots) names(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, listWithin)
	defer cancel()
	subjects, err := s.subjects(ctx, snapshotsMeta+">")
	if err != nil {
		return nil, err
	}
	var names []string
	for subject := range subjects {
		name, err := base64.URLEncoding.DecodeString(strings.TrimPrefix(subject, snapshotsMeta))
		if err == nil && strings.Contains(string(name), "/") {
			names = append(names, string(name))
		}
	}
	sort.Strings(names)
	return names, nil
}

// subjects are those that match a filter, with their numbers of messages.
func (s jsSnapshots) subjects(ctx context.Context, filter string) (map[string]uint64, error) {
	st, err := s.js.Stream(ctx, snapshotsStream)
	if err != nil {
		return nil, err
	}
	info, err := st.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	return info.State.Subjects, nil
}

func (s jsSnapshots) purge(ctx context.Context, subject string) error {
	st, err := s.js.Stream(ctx, snapshotsStream)
	if err != nil {
		return err
	}
	return st.Purge(ctx, jetstream.WithPurgeSubject(subject))
}

// remove makes an object disappear without a trace. Its name goes first: chunks without a name are removed by clean,
// but a name without chunks would be waited for.
func (s jsSnapshots) remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, removeWithin)
	defer cancel()
	info, err := s.store.GetInfo(ctx, name, jetstream.GetObjectInfoShowDeleted())
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.purge(ctx, snapshotsMeta+base64.URLEncoding.EncodeToString([]byte(name))); err != nil {
		return err
	}
	return s.purge(ctx, snapshotsChunks+info.NUID)
}

// orphanAge is how old chunks must be before they are taken for what an upload that was cut off has left behind.
const orphanAge = time.Hour

// clean removes what earlier versions, and uploads that were cut off, have left behind.
func (s jsSnapshots) clean(ctx context.Context) error {
	objects, err := s.store.List(ctx, jetstream.ListObjectsShowDeleted())
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return err
	}
	named := map[string]bool{}
	for _, o := range objects {
		if o.Deleted {
			if err := s.purge(ctx, snapshotsMeta+base64.URLEncoding.EncodeToString([]byte(o.Name))); err != nil {
				return err
			}
			continue
		}
		named[snapshotsChunks+o.NUID] = true
	}
	chunks, err := s.subjects(ctx, snapshotsChunks+">")
	if err != nil {
		return err
	}
	st, err := s.js.Stream(ctx, snapshotsStream)
	if err != nil {
		return err
	}
	for subject := range chunks {
		if named[subject] {
			continue
		}
		m, err := st.GetLastMsgForSubject(ctx, subject)
		if err == nil && time.Since(m.Time) > orphanAge {
			err = st.Purge(ctx, jetstream.WithPurgeSubject(subject))
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return err
		}
	}
	return nil
}

func (s jsSnapshots) List(ctx context.Context, stage string, partition int) ([]SnapshotKey, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	var keys []SnapshotKey
	for _, name := range names {
		if key, ok := parseObjectName(name); ok && key.Stage == stage && key.Partition == partition {
			keys = append(keys, key)
		}
	}
	sortKeys(keys)
	return keys, nil
}

func (s jsSnapshots) Load(ctx context.Context, key SnapshotKey) ([]byte, error) {
	name := objectName(key)
	n, err := s.parts(ctx, name)
	if err != nil {
		return nil, err
	}
	var state, unpacked []byte
	if n > 1 {
		state = make([]byte, 0, min(n, 64)*pieceSize)
	}
	for i := range n {
		packed, err := s.get(ctx, partName(name, i))
		if err != nil {
			return nil, err
		}
		size, err := s2.DecodedLen(packed)
		if err != nil || size > pieceSize {
			return nil, ErrDamaged
		}
		part, err := s2.Decode(unpacked[:cap(unpacked)], packed)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		unpacked = part
		state = append(state, part...)
	}
	return state, nil
}

// parts reads how many parts a snapshot has.
func (s jsSnapshots) parts(ctx context.Context, name string) (int, error) {
	count, err := s.get(ctx, name)
	if err != nil {
		return 0, err
	}
	return parseParts(count)
}

func parseParts(count []byte) (int, error) {
	n, err := strconv.Atoi(string(count))
	if err != nil || n < 1 || n > maxParts {
		return 0, fmt.Errorf("%w: %q parts", ErrDamaged, count)
	}
	return n, nil
}

// maxParts bounds what is believed of a stored count.
const maxParts = 1 << 16

// getWithin is how long an object is waited for. One that another owner removes while it is read never comes whole.
const getWithin = 3 * time.Second

// get reads an object. It tells apart what is not there, what will never be whole and what may come at the next attempt.
func (s jsSnapshots) get(ctx context.Context, name string) ([]byte, error) {
	tctx, cancel := context.WithTimeout(ctx, getWithin)
	defer cancel()
	data, err := s.store.GetBytes(tctx, name)
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
	case errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil && ctx.Err() == nil && s.torn(ctx, name):
		return nil, fmt.Errorf("%w: %s has lost some of its chunks", ErrDamaged, name)
	}
	return data, err
}

// torn tells whether an object has fewer chunks than it should.
func (s jsSnapshots) torn(ctx context.Context, name string) bool {
	ctx, cancel := context.WithTimeout(ctx, getWithin)
	defer cancel()
	info, err := s.store.GetInfo(ctx, name)
	if err != nil {
		return false
	}
	chunks, err := s.subjects(ctx, snapshotsChunks+info.NUID)
	return err == nil && chunks[snapshotsChunks+info.NUID] < uint64(info.Chunks)
}

// Delete takes the count first: without it there is no snapshot, whatever else is left.
func (s jsSnapshots) Delete(ctx context.Context, key SnapshotKey) error {
	name := objectName(key)
	n, err := s.parts(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDamaged) {
		return err
	}
	if err := s.remove(ctx, name); err != nil {
		return err
	}
	for i := range n {
		if err := s.remove(ctx, partName(name, i)); err != nil {
			return err
		}
	}
	return nil
}

func partName(name string, i int) string { return name + "/" + strconv.Itoa(i) }

func objectName(k SnapshotKey) string {
	name := fmt.Sprintf("%s/%d/%s/%d-%d", k.Stage, k.Partition, k.Version, k.Root, k.Input)
	if k.Generation > 0 {
		name += "-" + strconv.FormatUint(k.Generation, 10)
	}
	return name
}

func parseObjectName(name string) (k SnapshotKey, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 {
		return k, false
	}
	root, input, found := strings.Cut(parts[3], "-")
	input, generation, later := strings.Cut(input, "-")
	var e1, e2, e3, e4 error
	k.Stage, k.Version = parts[0], parts[2]
	k.Partition, e1 = strconv.Atoi(parts[1])
	k.Root, e2 = strconv.ParseUint(root, 10, 64)
	k.Input, e3 = strconv.ParseUint(input, 10, 64)
	if later {
		k.Generation, e4 = strconv.ParseUint(generation, 10, 64)
	}
	return k, found && e1 == nil && e2 == nil && e3 == nil && e4 == nil && objectName(k) == name
}
