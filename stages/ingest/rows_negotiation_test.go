package ingest

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"sort"
	"testing"

	"github.com/golang/snappy"
	"github.com/google/go-cmp/cmp"
)

// The rows N1 to N12: which message it is, and who decides.

func TestN1_V2IsSupported(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	a, _ := h.v2(up2("a", 0))
	check(t, a, answer{204, 1, 0, 0})
	check(t, h.stored(), []string{`up{instance="a"} 1 @0`})
}

func TestN2_V1ByEitherName(t *testing.T) {
	t.Parallel()
	f := func(contentType string) {
		t.Helper()
		h := newHarness(t, Config{})
		a, _ := h.raw(contentType, marshalV1(t, up("a", 0)))
		check(t, a, answer{204, 1, 0, 0})
		check(t, h.stored(), []string{`up{instance="a"} 1 @0`})
	}
	f("application/x-protobuf")
	f("application/x-protobuf;proto=prometheus.WriteRequest")
}

func TestN3_ContentTypeDecidesNotTheVersionHeader(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"0.1.0", "2.0.0", "2.1.0", "nonsense", ""} {
		h := newHarness(t, Config{})
		r := request(typeV2, snappy.Encode(nil, marshalV2(t, up2("a", 0))))
		r.Header.Set("X-Prometheus-Remote-Write-Version", version)
		a, _ := h.do(r)
		check(t, a, answer{204, 1, 0, 0})
	}
}

// unread fails the test when the body is looked at.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, http.ErrBodyReadAfterClose
}

func refusedUnread(t *testing.T, contentType, encoding string) {
	t.Helper()
	h := newHarness(t, Config{})
	r := httptest.NewRequest(http.MethodPost, "/api/v1/write", unread{t})
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Content-Encoding", encoding)
	a, w := h.do(r)
	check(t, a, answer{415, 0, 0, 0})
	if w.Body.Len() == 0 {
		t.Error("no reason given")
	}
}

func TestN4_UnknownContentTypeBeforeTheBody(t *testing.T) {
	t.Parallel()
	refusedUnread(t, "application/json", "snappy")
	refusedUnread(t, "text/plain; charset=utf-8", "snappy")
	refusedUnread(t, "application/x-protobuf;;;", "snappy")
}

func TestN5_UnknownEncodingBeforeTheBody(t *testing.T) {
	t.Parallel()
	refusedUnread(t, typeV1, "gzip")
	refusedUnread(t, typeV2, "zstd")
	refusedUnread(t, typeV2, "snappy, snappy")
}

func TestN6_ParametersAsRFC9110SaysThem(t *testing.T) {
	t.Parallel()
	f := func(contentType string) {
		t.Helper()
		h := newHarness(t, Config{})
		a, _ := h.raw(contentType, marshalV2(t, up2("a", 0)))
		check(t, a, answer{204, 1, 0, 0})
	}
	f("application/x-protobuf; proto=io.prometheus.write.v2.Request")
	f("application/x-protobuf ; proto=io.prometheus.write.v2.Request")
	f(`application/x-protobuf;proto="io.prometheus.write.v2.Request"`)
	f("Application/X-Protobuf;Proto=io.prometheus.write.v2.Request")
	f("application/x-protobuf; charset=utf-8; proto=io.prometheus.write.v2.Request")
}

func TestN7_UnknownProto(t *testing.T) {
	t.Parallel()
	refusedUnread(t, "application/x-protobuf;proto=io.prometheus.write.v3.Request", "snappy")
	refusedUnread(t, "application/x-protobuf;proto=prometheus.writerequest", "snappy") // names are case-sensitive
}

func TestN8_SnappyBlockFormatOnly(t *testing.T) {
	t.Parallel()
	var framed bytes.Buffer
	w := snappy.NewBufferedWriter(&framed)
	_, _ = w.Write(marshalV1(t, up("a", 0)))
	_ = w.Close()
	f := func(wire []byte) {
		t.Helper()
		h := newHarness(t, Config{})
		a, _ := h.do(request(typeV1, wire))
		check(t, a, answer{400, 0, 0, 0})
	}
	f(framed.Bytes())
	f(marshalV1(t, up("a", 0)))
	f(nil)
}

func TestN9_MissingHeadersMeanV1AndSnappy(t *testing.T) {
	t.Parallel()
	f := func(drop ...string) {
		t.Helper()
		h := newHarness(t, Config{})
		r := request(typeV1, snappy.Encode(nil, marshalV1(t, up("a", 0))))
		for _, name := range drop {
			r.Header.Del(name)
		}
		a, _ := h.do(r)
		check(t, a, answer{204, 1, 0, 0})
	}
	f("Content-Type")
	f("Content-Encoding")
	f("Content-Type", "Content-Encoding")
}

func TestN10_PostOnly(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
		a, w := h.do(httptest.NewRequest(method, "/api/v1/write", nil))
		check(t, a, answer{405, 0, 0, 0})
		check(t, w.Header().Get("Allow"), "POST")
	}
}

func TestN11_VersionIsAnswered(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	_, w := h.raw(typeV1, marshalV1(t, up("a", 0)))
	check(t, w.Header().Get("X-Prometheus-Remote-Write-Version"), "0.1.0")
	_, w = h.raw(typeV2, marshalV2(t, up2("a", 1)))
	check(t, w.Header().Get("X-Prometheus-Remote-Write-Version"), "2.0.0")
}

func TestN12_UnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	// One unknown field of every wire type, numbered far away; 6 is created_timestamp of early 2.0 senders.
	unknown := appendVarint(nil, 6, uint64(base))
	unknown = appendVarint(unknown, 900, 1)
	unknown = append(unknown, 0xA1, 0x38, 1, 2, 3, 4, 5, 6, 7, 8) // 900, fixed64
	unknown = append(unknown, 0xA5, 0x38, 1, 2, 3, 4)             // 900, fixed32
	unknown = append(unknown, 0xA2, 0x38, 2, 0xFF, 0xFF)          // 900, bytes
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

	label := func(n, v string) []byte {
		return appendBytes(nil, 1, join(unknown, appendBytes(nil, 1, []byte(n)), unknown, appendBytes(nil, 2, []byte(v))))
	}
	smp := join(unknown, appendDouble(nil, 1, 0x3FF0000000000000), appendVarint(nil, 2, uint64(base)), unknown)
	v1 := join(unknown, appendBytes(nil, 1, join(label("__name__", "up"), unknown, label("job", "x"), appendBytes(nil, 2, smp))), unknown)

	table := join(appendBytes(nil, 4, nil), appendBytes(nil, 4, []byte("__name__")), appendBytes(nil, 4, []byte("up")),
		appendBytes(nil, 4, []byte("job")), appendBytes(nil, 4, []byte("x")))
	refs := appendBytes(nil, 1, []byte{1, 2, 3, 4})
	v2 := join(unknown, table, appendBytes(nil, 5, join(unknown, refs, appendBytes(nil, 2, smp), unknown)))

	for contentType, body := range map[string][]byte{typeV1: v1, typeV2: v2} {
		h := newHarness(t, Config{})
		a, w := h.raw(contentType, body)
		if a.Status != 204 {
			t.Error(w.Body.String())
		}
		check(t, a, answer{204, 1, 0, 0})
		check(t, h.stored(), []string{`up{job="x"} 1 @0`})
	}
}

// TestN12_UnknownFieldsInsideMessages: in histograms, exemplars and metadata too, between the known ones and around.
func TestN12_UnknownFieldsInsideMessages(t *testing.T) {
	t.Parallel()
	unknown := appendVarint(nil, 900, 1)
	unknown = append(unknown, 0xA1, 0x38, 1, 2, 3, 4, 5, 6, 7, 8) // 900, fixed64
	unknown = append(unknown, 0xA5, 0x38, 1, 2, 3, 4)             // 900, fixed32
	unknown = append(unknown, 0xA2, 0x38, 2, 0xFF, 0xFF)          // 900, bytes
	among := func(fields ...[]byte) []byte {
		return append(bytes.Join(append([][]byte{nil}, fields...), unknown), unknown...)
	}
	varint := func(num uint32, v uint64) []byte { return appendVarint(nil, num, v) }
	double := func(num uint32, v float64) []byte { return appendDouble(nil, num, math.Float64bits(v)) }

	span := among(varint(1, 0), varint(2, 1))
	histogram := func(schema uint64) []byte { // a schema above 8 is written anew
		return among(varint(1, 3), double(3, 6), varint(4, 2*schema), appendBytes(nil, 11, span), appendBytes(nil, 12, []byte{6}), varint(15, uint64(base)))
	}
	label := func(name, value string) []byte {
		return appendBytes(nil, 1, append(appendBytes(nil, 1, []byte(name)), appendBytes(nil, 2, []byte(value))...))
	}
	exemplar := among(label("trace_id", "x"), double(2, 1.5), varint(3, uint64(base)))
	described := appendBytes(nil, 3, among(varint(1, 3), appendBytes(nil, 2, []byte("up")), appendBytes(nil, 4, []byte("help")), appendBytes(nil, 5, []byte("s"))))
	for _, schema := range []uint64{0, 9} {
		v1 := append(appendBytes(nil, 1, among(label("__name__", "up"), appendBytes(nil, 4, histogram(schema)), appendBytes(nil, 3, exemplar))), described...)
		var v2 []byte
		for _, symbol := range []string{"", "__name__", "up", "trace_id", "x", "help", "s"} {
			v2 = appendBytes(v2, 4, []byte(symbol))
		}
		exemplar2 := among(appendBytes(nil, 1, []byte{3, 4}), double(2, 1.5), varint(3, uint64(base)))
		v2 = appendBytes(v2, 5, among(appendBytes(nil, 1, []byte{1, 2}), appendBytes(nil, 3, histogram(schema)), appendBytes(nil, 4, exemplar2),
			appendBytes(nil, 5, among(varint(1, 3), varint(3, 5), varint(4, 6)))))
		for contentType, body := range map[string][]byte{typeV1: v1, typeV2: v2} {
			h := newHarness(t, Config{})
			a, w := h.raw(contentType, body)
			if want := (answer{204, 0, 1, 1}); a != want {
				t.Errorf("%s: %+v %s", contentType, a, w.Body)
			}
			want := append(everywhere("up HISTOGRAM help"), "up histogram 3 @0", `up exemplar {trace_id="x"} 1.5 @0`)
			check(t, h.sorted(), sorted(want))
		}
	}
}

func sorted(lines []string) []string {
	sort.Strings(lines)
	return lines
}

func check[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
