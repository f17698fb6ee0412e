package main

import (
	"fmt"
	"html"
	"strings"

	"tlsengine/handshake"
)

// statusPage shows what was negotiated.
type statusPage struct{}

func (statusPage) Close() error { return nil }

func (statusPage) answer(r *request, i *handshake.Info) *response {
	if path, _, _ := strings.Cut(r.target, "?"); path != "/" {
		return text(404, "there is only one page here: /\n")
	}
	list := append([]fact{{"request", r.method + " " + r.target + " " + r.version}, {"host", r.host}}, facts(i)...)
	if !r.html {
		var b strings.Builder
		b.WriteString("It works. This connection:\n\n")
		_ = printFacts(&b, list) // a Builder takes everything
		return text(200, b.String())
	}
	page := text(200, statusHTML(list))
	page.contentType = "text/html; charset=utf-8"
	return page
}

func statusHTML(list []fact) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>sslcat</title>\n" +
		"<link rel=\"icon\" href=\"data:,\">\n" +
		"<style>body{font:16px/1.5 sans-serif;margin:3em}td{padding:.1em 1.5em .1em 0}</style>\n" +
		"<h1>It works</h1>\n<table>\n")
	for _, f := range list {
		if f.value == "" {
			continue
		}
		fmt.Fprintf(&b, "<tr><td>%s</td><td><b>%s</b></td></tr>\n", html.EscapeString(f.name), html.EscapeString(f.value))
	}
	b.WriteString("</table>\n")
	return b.String()
}
