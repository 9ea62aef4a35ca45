package schema

import (
	"strconv"
	"strings"
)

// Kind is the second token of every subject: eddy.<kind>.<tenant>.<…>.
type Kind string

// The kinds of subject that exist so far. DESIGN names the rest; each arrives with the stage that publishes it.
const (
	KindSamples   Kind = "samples"
	KindFeatures  Kind = "features"
	KindScores    Kind = "scores"
	KindAnomalies Kind = "anomalies"
	KindDead      Kind = "dead"
)

// ControlTenant is the tenant token of records meant for every tenant of a partition. It cannot be a tenant's name,
// so a tenant's credentials (eddy.*.<tenant>.>) never match it.
const ControlTenant = "$control"

// ClaimTenant is the tenant token of ownership claims and other marks of the engine, which carry no data.
const ClaimTenant = "$claim"

// PartitionSubject is eddy.<kind>.<tenant>.<partition>, the subject of the hot kinds.
func PartitionSubject(kind Kind, tenant string, partition int) string {
	return "eddy." + string(kind) + "." + tenant + "." + strconv.Itoa(partition)
}

// AnomalySubject is eddy.anomalies.<tenant>.<severity>.<partition>.
func AnomalySubject(tenant string, severity Severity, partition int) string {
	return "eddy.anomalies." + tenant + "." + string(severity) + "." + strconv.Itoa(partition)
}

// AnomalyClaimSubject carries the engine's marks in the anomaly stream. It is outside eddy.anomalies.> so that no
// subscriber of anomalies ever sees one, and inside AnomalyScope so that it takes part in the fence.
func AnomalyClaimSubject(partition int) string {
	return "eddy.claims." + ClaimTenant + ".anomalies." + strconv.Itoa(partition)
}

// AnomalyScope matches everything one partition writes into the shared anomaly stream: AnomalySubject and AnomalyClaimSubject.
func AnomalyScope(partition int) string { return "eddy.*.*.*." + strconv.Itoa(partition) }

// DeadSubject is where a tenant finds copies of its records that no processor could digest.
func DeadSubject(tenant string) string { return "eddy.dead." + tenant }

// PartitionStream is the stream of one partition of a hot kind, as EDDY_SAMPLES_3.
func PartitionStream(kind Kind, partition int) string {
	return "EDDY_" + strings.ToUpper(string(kind)) + "_" + strconv.Itoa(partition)
}

// ParsePartitionStream is the inverse of PartitionStream; ok is false for the name of any other stream.
func ParsePartitionStream(name string) (kind Kind, partition int, ok bool) {
	parts := strings.Split(name, "_")
	if len(parts) != 3 {
		return "", 0, false
	}
	kind = Kind(strings.ToLower(parts[1]))
	partition, err := strconv.Atoi(parts[2])
	return kind, partition, err == nil && partition >= 0 && PartitionStream(kind, partition) == name
}

// AnomalyStream is the one stream of all anomaly events.
const AnomalyStream = "EDDY_ANOMALIES"

// DeadStream keeps poison records.
const DeadStream = "EDDY_DEAD"

// SubjectTenant returns the tenant token of an eddy subject, or "" when there is none.
func SubjectTenant(subject string) string {
	_, rest, ok := strings.Cut(subject, ".")
	if !ok {
		return ""
	}
	_, rest, ok = strings.Cut(rest, ".")
	if !ok {
		return ""
	}
	tenant, _, _ := strings.Cut(rest, ".")
	return tenant
}
