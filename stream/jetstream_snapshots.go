package stream

import (
	"context"
	"errors"
	"fmt"
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
type jsSnapshots struct{ store jetstream.ObjectStore }

func (s jsSnapshots) Save(ctx context.Context, key SnapshotKey, state [][]byte) error {
	name := objectName(key)
	var packed []byte
	for i, part := range state {
		packed = s2.EncodeSnappy(packed[:cap(packed)], part) // labels are half of a state, and repeat themselves
		state[i] = nil
		if _, err := s.store.PutBytes(ctx, partName(name, i), packed); err != nil {
			return err
		}
	}
	if _, err := s.store.PutBytes(ctx, name, []byte(strconv.Itoa(len(state)))); err != nil {
		return err
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
			if err := s.store.Delete(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s jsSnapshots) names(ctx context.Context) ([]string, error) {
	objects, err := s.store.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, nil
	}
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = o.Name
	}
	return names, err
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
	n, err := strconv.Atoi(string(count))
	if err != nil || n < 1 || n > maxParts {
		return 0, fmt.Errorf("%w: %q parts", ErrDamaged, count)
	}
	return n, nil
}

// maxParts bounds what is believed of a stored count.
const maxParts = 1 << 16

// get reads an object and gives up in a time of its own: one that another owner removes while it is read would be
// waited for until the context's deadline.
func (s jsSnapshots) get(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return s.store.GetBytes(ctx, name)
}

func (s jsSnapshots) Delete(ctx context.Context, key SnapshotKey) error {
	name := objectName(key)
	n, err := s.parts(ctx, name)
	if err != nil {
		return err
	}
	if err := s.store.Delete(ctx, name); err != nil {
		return err
	}
	for i := range n {
		if err := s.store.Delete(ctx, partName(name, i)); err != nil {
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
