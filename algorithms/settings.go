package algorithms

// Settings is all there is to a model that learns online: the values of its parameters. A model embeds it for Info and
// MarshalBinary.
type Settings struct {
	info   Info
	sealed []byte
}

// NewSettings seals parameter values, given in the order of their space. Info needs what is particular to the algorithm;
// name, version and digest are filled in.
func NewSettings(name, version string, values []float64, info Info) (Settings, error) {
	sealed, err := Seal(name, version, AppendValues(nil, values))
	if err != nil {
		return Settings{}, err
	}
	info.Algorithm, info.Version, info.Digest = name, version, Digest(sealed)
	return Settings{info: info, sealed: sealed}, nil
}

// OpenSettings reads the parameter values out of bytes that MarshalBinary wrote.
func OpenSettings(a Algorithm, version string, data []byte) ([]float64, error) {
	payload, err := Open(a.Name(), version, data)
	if err != nil {
		return nil, err
	}
	return ParseValues(a.Parameters(), payload)
}

// Info names the model. The list of contributors is the caller's to keep, not to change.
func (s *Settings) Info() Info { return s.info }

// MarshalBinary returns the envelope around the parameters' values, little-endian, in the order of the space.
func (s *Settings) MarshalBinary() ([]byte, error) { return append([]byte(nil), s.sealed...), nil }
