package algorithms

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Every model's bytes share one envelope, so that damage and mix-ups are found before an algorithm looks inside:
//
//	format (4 bytes) | len name (1 byte) | name | len version (1 byte) | version | payload | sum (8 bytes)
//
// sum is the head of the SHA-256 of everything before it. In format "edm2" the payload begins with what the model was
// trained on: rows, series, first, last (8 bytes each, little-endian) | number of features (1 byte) | each as len | name.
const (
	envelopeOnline  = "edm1"
	envelopeTrained = "edm2"
	envelopeSum     = 8
)

// Seal wraps the payload of an algorithm that learns online. Names and versions are at most 255 bytes.
func Seal(algorithm, version string, payload []byte) ([]byte, error) {
	return seal(envelopeOnline, algorithm, version, payload)
}

// SealTrained wraps the payload of the trained model that info describes; its digest is not read. Names and versions
// are at most 255 bytes, features at most 255.
func SealTrained(info Info, payload []byte) ([]byte, error) {
	head, err := trainedHead(info)
	if err != nil {
		return nil, err
	}
	return seal(envelopeTrained, info.Algorithm, info.Version, append(head, payload...))
}

func seal(format, algorithm, version string, payload []byte) ([]byte, error) {
	if len(algorithm) > 255 || len(version) > 255 {
		return nil, fmt.Errorf("algorithms: name %.20q or version %.20q longer than 255 bytes", algorithm, version)
	}
	b := make([]byte, 0, len(format)+2+len(algorithm)+len(version)+len(payload)+envelopeSum)
	b = append(b, format...)
	b = append(append(b, byte(len(algorithm))), algorithm...)
	b = append(append(b, byte(len(version))), version...)
	b = append(b, payload...)
	sum := sha256.Sum256(b)
	return append(b, sum[:envelopeSum]...), nil
}

func trainedHead(info Info) (b []byte, err error) {
	t := info.Trained
	for _, v := range []int64{t.Rows, t.Series, t.First, t.Last} {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	if len(info.Features) > 255 {
		return nil, fmt.Errorf("algorithms: %d features, at most 255 can be", len(info.Features))
	}
	b = append(b, byte(len(info.Features)))
	for _, f := range info.Features {
		if len(f) > 255 {
			return nil, fmt.Errorf("algorithms: feature name %.20q longer than 255 bytes", f)
		}
		b = append(append(b, byte(len(f))), f...)
	}
	return b, nil
}

// Open checks the envelope of Seal and returns the payload, which aliases data. Every refusal wraps ErrModel.
func Open(algorithm, version string, data []byte) ([]byte, error) {
	return open(envelopeOnline, algorithm, version, data)
}

// OpenTrained checks the envelope of SealTrained and returns the payload, which aliases data, and an Info that lacks
// nothing but the contributors. Every refusal wraps ErrModel.
func OpenTrained(algorithm, version string, data []byte) ([]byte, Info, error) {
	info := Info{Algorithm: algorithm, Version: version, Digest: Digest(data)}
	b, err := open(envelopeTrained, algorithm, version, data)
	if err != nil {
		return nil, Info{}, err
	}
	short := fmt.Errorf("%w: what it was trained on is incomplete", ErrModel)
	if len(b) < 33 {
		return nil, Info{}, short
	}
	for i, v := range []*int64{&info.Trained.Rows, &info.Trained.Series, &info.Trained.First, &info.Trained.Last} {
		*v = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	n, b := int(b[32]), b[33:]
	for range n {
		name, rest, ok := envelopeField(b)
		if !ok {
			return nil, Info{}, short
		}
		info.Features, b = append(info.Features, name), rest
	}
	return b, info, nil
}

func open(format, algorithm, version string, data []byte) ([]byte, error) {
	if len(data) < len(format)+2+envelopeSum || data[0] != format[0] || data[1] != format[1] || data[2] != format[2] {
		return nil, fmt.Errorf("%w: %d bytes in no format known here", ErrModel, len(data))
	}
	body, sum := data[:len(data)-envelopeSum], data[len(data)-envelopeSum:]
	if want := sha256.Sum256(body); string(want[:envelopeSum]) != string(sum) {
		return nil, fmt.Errorf("%w: checksum does not match, the bytes are damaged", ErrModel)
	}
	if got := string(data[:len(format)]); got != format {
		return nil, fmt.Errorf("%w: format %q, but %s is read from %q", ErrModel, got, algorithm, format)
	}
	name, rest, ok := envelopeField(body[len(format):])
	if !ok || name != algorithm {
		return nil, fmt.Errorf("%w: made by algorithm %q, want %q", ErrModel, name, algorithm)
	}
	made, rest, ok := envelopeField(rest)
	if !ok || made != version {
		return nil, fmt.Errorf("%w: made by version %q of %s, want %q", ErrModel, made, algorithm, version)
	}
	return rest, nil
}

func envelopeField(b []byte) (field string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}

// Digest identifies a model by its sealed bytes: the first 16 hex digits of their SHA-256.
func Digest(sealed []byte) string {
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:8])
}
