package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// brokenBody ends with an error behind a few bytes.
func brokenBody(err error) io.Reader {
	return io.MultiReader(strings.NewReader("beginning"), failing{err})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestR7_ABodyThatCannotBeReadIsNoBadRequest: it says nothing about the samples, so they may be sent again.
func TestR7_ABodyThatCannotBeReadIsNoBadRequest(t *testing.T) {
	t.Parallel()
	left, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(ctx context.Context, err error, want int) {
		t.Helper()
		h := newHarness(t, Config{})
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/write", brokenBody(err))
		a, w := h.do(r)
		check(t, a, answer{want, 0, 0, 0})
		check(t, (w.Header().Get("Retry-After") != ""), want == 503)
		check(t, strings.Contains(w.Body.String(), err.Error()), true)
		check(t, h.g.budget.used.Load(), int64(0))
	}
	f(t.Context(), &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, 408)
	f(t.Context(), io.ErrUnexpectedEOF, 408)
	f(t.Context(), &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, 408)
	f(left, errors.New("connection closed"), 408)
	f(t.Context(), errors.New("input/output error"), 503)
}

// TestR7_ASenderThatStopsInTheMiddle is the same over a connection, where the server says what the errors are.
func TestR7_ASenderThatStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	f := func(patience time.Duration, then func(*net.TCPConn) error) {
		h := newHarness(t, Config{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Error(err)
			}
			h.handler.ServeHTTP(w, r)
		}))
		defer server.Close()
		t.Helper()
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "POST /api/v1/write HTTP/1.1\r\nHost: eddy\r\nContent-Length: 100\r\n\r\nbeginning"); err != nil {
			t.Fatal(err)
		}
		if err := then(conn.(*net.TCPConn)); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		check(t, response.StatusCode, http.StatusRequestTimeout)
	}
	f(time.Millisecond, func(*net.TCPConn) error { return nil })
	f(time.Hour, (*net.TCPConn).CloseWrite)
}
