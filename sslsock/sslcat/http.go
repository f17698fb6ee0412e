package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tlsengine/handshake"
)

// This file is as much of HTTP/1.1 (RFC 9112) as it takes to answer one GET or HEAD on a connection. net/http is no choice:
// it brings a TLS of its own.

// httpService answers one request on each connection.
type httpService struct{ pages pages }

// pages makes answers.
type pages interface {
	answer(r *request, i *handshake.Info) *response
	io.Closer
}

// request is what a client asks for.
type request struct {
	method, target, version string
	host                    string
	html                    bool // it would like HTML
}

// response is what it gets.
type response struct {
	status      int
	contentType string
	size        int64
	body        io.ReadCloser
}

// maxHead is the longest head of a request, in bytes.
const maxHead = 16 << 10

var statusTexts = map[int]string{
	200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 431: "Request Header Fields Too Large",
	500: "Internal Server Error", 505: "HTTP Version Not Supported",
}

// badRequest is a request that gets no page but this status.
type badRequest struct {
	status int
	why    string
}

func (e *badRequest) Error() string { return e.why }

func (h *httpService) Close() error { return h.pages.Close() }

func (h *httpService) serve(s socket, i *handshake.Info) (string, error) {
	if err := s.SetDeadline(time.Now().Add(requestTime)); err != nil {
		return "", err
	}
	r, err := readRequest(s)
	var bad *badRequest
	var answer *response
	switch {
	case errors.As(err, &bad):
		r = &request{method: "GET", target: "(" + bad.why + ")"}
		answer = text(bad.status, bad.why+"\n")
	case err == io.EOF:
		return "closed without a request", nil
	case err != nil:
		return "", err
	default:
		answer = h.pages.answer(r, i)
	}
	defer answer.body.Close()
	line := fmt.Sprintf("%s %s  %d  %d bytes", oneLine(r.method), oneLine(r.target), answer.status, answer.size)
	return line, respond(s, r, answer)
}

// readRequest reads the head of a request. A body, which neither GET nor HEAD has, is not read.
func readRequest(from io.Reader) (*request, error) {
	limited := &io.LimitedReader{R: from, N: maxHead}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxHead)
	var r *request
	for lines.Scan() {
		line := lines.Text()
		switch {
		case r == nil && line == "": // RFC 9112, Section 2.2: empty lines before the request are passed over
		case r == nil:
			var err error
			if r, err = parseRequestLine(line); err != nil {
				return nil, err
			}
		case line == "":
			return r, nil
		default:
			r.header(line)
		}
	}
	switch {
	case lines.Err() == bufio.ErrTooLong || limited.N == 0:
		return nil, &badRequest{431, "the head of the request is longer than 16 KiB"}
	case lines.Err() != nil:
		return nil, lines.Err()
	case r == nil:
		return nil, io.EOF
	}
	return nil, &badRequest{400, "the request ends in its head"}
}

func parseRequestLine(line string) (*request, error) {
	words := strings.Split(line, " ")
	if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/") || !strings.HasPrefix(words[1], "/") {
		return nil, &badRequest{400, "this is a web server: it wants lines like `GET / HTTP/1.1`"}
	}
	r := &request{method: words[0], target: words[1], version: words[2]}
	switch {
	case !strings.HasPrefix(r.version, "HTTP/1."):
		return nil, &badRequest{505, "this server speaks HTTP/1.1"}
	case r.method != "GET" && r.method != "HEAD":
		return nil, &badRequest{405, "this server knows GET and HEAD"}
	}
	return r, nil
}

// header takes from a field what matters here.
func (r *request) header(line string) {
	name, value, _ := strings.Cut(line, ":")
	switch strings.ToLower(name) {
	case "host":
		r.host = strings.TrimSpace(value)
	case "accept":
		r.html = strings.Contains(value, "text/html")
	}
}

// text makes a response of a text.
func text(status int, body string) *response {
	return &response{status, "text/plain; charset=utf-8", int64(len(body)), io.NopCloser(strings.NewReader(body))}
}

// respond sends a response, its head and the beginning of its body in one record if they fit.
func respond(s socket, r *request, a *response) error {
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n",
		a.status, statusTexts[a.status], a.contentType, a.size)
	if a.status == 405 {
		head.WriteString("Allow: GET, HEAD\r\n") // RFC 9110, Section 15.5.6
	}
	head.WriteString("\r\n")
	if r.method == "HEAD" {
		_, err := s.Write(head.Bytes())
		return err
	}
	body := io.LimitReader(a.body, a.size) // a file may grow meanwhile
	buffer := make([]byte, bufferSize)
	have := copy(buffer, head.Bytes())
	for {
		n, err := io.ReadFull(body, buffer[have:])
		if have+n > 0 {
			if err := s.SetDeadline(time.Now().Add(requestTime)); err != nil {
				return err
			}
			if _, err := s.Write(buffer[:have+n]); err != nil {
				return err
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
		have = 0
	}
}
