package algorithms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Every model's bytes share one envelope, so that damage and mix-ups are found before an algorithm looks inside:
//
//	"edm1" | len name (1 byte) | name | len version (1 byte) | version | payload | sum (8 bytes)
//
// sum is the head of the SHA-256 of everything before it.
const (
	envelopeMagic = "edm1"
	envelopeSum   = 8
)

// Seal wraps an algorithm's payload into the envelope. Names and versions are at most 255 bytes.
func Seal(algorithm, version string, payload []byte) ([]byte, error) {
	if len(algorithm) > 255 || len(version) > 255 {
		return nil, fmt.Errorf("algorithms: name %.20q or version %.20q longer than 255 bytes", algorithm, version)
	}
	b := make([]byte, 0, len(envelopeMagic)+2+len(algorithm)+len(version)+len(payload)+envelopeSum)
	b = append(b, envelopeMagic...)
	b = append(append(b, byte(len(algorithm))), algorithm...)
	b = append(append(b, byte(len(version))), version...)
	b = append(b, payload...)
	sum := sha256.Sum256(b)
	return append(b, sum[:envelopeSum]...), nil
}

// Open checks the envelope and returns the payload, which aliases data. Every refusal wraps ErrModel.
func Open(algorithm, version string, data []byte) ([]byte, error) {
	if len(data) < len(envelopeMagic)+2+envelopeSum || string(data[:len(envelopeMagic)]) != envelopeMagic {
		return nil, fmt.Errorf("%w: %d bytes in no format known here", ErrModel, len(data))
	}
	body, sum := data[:len(data)-envelopeSum], data[len(data)-envelopeSum:]
	if want := sha256.Sum256(body); string(want[:envelopeSum]) != string(sum) {
		return nil, fmt.Errorf("%w: checksum does not match, the bytes are damaged", ErrModel)
	}
	name, rest, ok := envelopeField(body[len(envelopeMagic):])
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
