package algorithms

import (
	"context"
	"errors"
)

// Algorithm is a family of models. Adding one is adding one file or folder and one line in the catalogue.
type Algorithm interface {
	// Name is what configuration calls it: lower case, no spaces.
	Name() string
	// Parameters is the space of what can be set, with defaults; it never changes.
	Parameters() []Parameter
	// Train fits a model. Online algorithms need no dataset and accept a nil one; the others say in an error that wraps
	// ErrTooLittle how many rows they need. Unknown or out-of-range parameters are an error that names the parameter and
	// its bounds. Memory is bounded whatever the dataset's length, and a done context ends training with its error.
	Train(ctx context.Context, params map[string]float64, data Dataset) (Model, error)
	// Load reads what Model.MarshalBinary wrote. Bytes of another algorithm, version or digest are an error, never a panic.
	Load(data []byte) (Model, error)
}

// Parameter is one dimension of an algorithm's space.
type Parameter struct {
	Name     string
	Help     string
	Default  float64
	Min, Max float64 // inclusive
	Integer  bool
	Log      bool // search on a logarithmic scale
}

// Dataset is training data: rows of one series after another, in time order.
type Dataset interface {
	// Next returns the next row, or false at the end. New is true on the first row of a series. The input is reused.
	Next() (in *Input, isNew bool, ok bool)
}

// Model is immutable once made, so any number of goroutines may score with it. What changes per series lives in a state
// slice owned by the caller, StateLen words long and zero at first: snapshot is a copy, hot swap a pointer.
type Model interface {
	Info() Info
	// StateLen is the number of float64 words one series needs.
	StateLen() int
	// Score judges in against the series' past and then learns from it, in that order. It allocates nothing, never panics,
	// and whatever the input (NaN, Inf, huge, denormal, time going backwards) every field of v is finite afterwards. A NaN
	// is no sample: it is not Ready and leaves the state as it was. An infinity is scored but not learned.
	// Equal states and inputs give equal bits. State must have StateLen words; what lies behind them is not touched.
	Score(state []float64, in *Input, v *Verdict)
	// MarshalBinary is deterministic; Load of it gives an equal model.
	MarshalBinary() ([]byte, error)
}

// Info names a model; it is stamped on every event the model causes.
type Info struct {
	Algorithm string
	Version   string // of the algorithm's code: changes when equal input may give different output
	Digest    string // see Digest, of MarshalBinary's bytes
	// Contributors name Verdict.Contributions, at most MaxContributors, in order.
	Contributors []string
	// Features name what the model looks at, in the order of its vector; empty for one that sees the value alone.
	Features []string
	// Trained says what the model was fitted on; zero for one that learns online.
	Trained Training
	// Shape tells that the model judges several samples together, so that a value inside its bounds may score above 0.5.
	Shape bool
}

// Training is the range of the data a model was fitted on.
type Training struct {
	Rows, Series int64
	First, Last  int64 // least and greatest timestamp, Unix milliseconds
}

// MaxContributors bounds what one algorithm may report as contributions.
const MaxContributors = 4

// Input is one sample of one series as the feature stage sees it.
type Input struct {
	Timestamp int64     // Unix milliseconds
	Value     float64   // value, or rate per second for counters
	Gap       bool      // time is missing right before this sample: short-term memory must not bridge it
	Features  []float32 // columns named by schema.FeatureNames; may be nil
}

// Verdict is what a model says of one sample.
type Verdict struct {
	// Ready is false during warm-up; the rest is then zero but for Expected, Lower and Upper, which hold what is known.
	Ready bool
	// Score is calibrated; see Score. Above 0 only when Ready.
	Score float64
	// Expected is the value most likely; Lower and Upper bound what would score below 0.5. Lower <= Expected <= Upper.
	// A value at a bound scores 0.5, or less where the bound is a limit of the series itself, as 0 is of a rate. With
	// Info.Shape the bounds are what the value alone may be: one inside may score above 0.5, too, when it does not fit
	// those before it.
	Expected, Lower, Upper float64
	// Contributions are shares of the algorithm's contributors in the score: >= 0, sum 1, or all 0 when Score is 0.
	Contributions [MaxContributors]float32
}

// ErrModel wraps every refusal of Load.
var ErrModel = errors.New("algorithms: not a usable model")

// ErrTooLittle wraps every refusal of Train to fit a model on fewer rows than it needs, none included.
var ErrTooLittle = errors.New("not enough to train on")
