package stdtls

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// echoing answers a request for another protocol with it: whatever comes goes back, as WebSockets do it.
func echoing(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "echo" {
		http.Error(w, "only echo", http.StatusUpgradeRequired)
		return
	}
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	_, _ = io.Copy(conn, buffered)
}

// A handler takes the Socket over in the middle of HTTP/1.1, and so does a client with the body of the answer: both
// directions stay open, and what the other end says is there at once.
func TestConnectionIsTakenOver(t *testing.T) {
	_, address := serveWith(t, []string{"http/1.1"}, echoing)
	for name, client := range map[string]*http.Client{"ours": ourClient(t), "go": goClient(false)} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest("GET", "https://"+address+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Connection", "Upgrade")
			request.Header.Set("Upgrade", "echo")
			client.Timeout = 0 // with one, net/http hides that the body can be written
			response, err := client.Do(request)
			if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
				t.Fatal(response, err)
			}
			conn := response.Body.(io.ReadWriteCloser)
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for i := range 3 {
				fmt.Fprintf(conn, "line %d\n", i)
				if got, err := answers.ReadString('\n'); err != nil || got != fmt.Sprintf("line %d\n", i) {
					t.Fatalf("%q, %v", got, err)
				}
			}
		})
	}
}

// Shutdown lets requests that are under way end, closes connections that wait, and takes no new ones.
func TestServerShutsDown(t *testing.T) {
	for _, protocol := range Protocols() {
		t.Run(protocol, func(t *testing.T) {
			began, goOn := make(chan struct{}), make(chan struct{})
			srv, address := serveWith(t, []string{protocol}, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					close(began)
					<-goOn
				}
				fmt.Fprint(w, "done")
			})
			idle, busy := ourClient(t), ourClient(t)
			get(t, idle, "https://"+address+"/")
			answered := make(chan string)
			go func() {
				text, _ := get(t, busy, "https://"+address+"/slow")
				answered <- text
			}()
			<-began
			down := make(chan error)
			go func() { down <- srv.Shutdown(context.Background()) }()
			select {
			case err := <-down:
				t.Fatal("Shutdown didn't wait for the request: ", err)
			case <-time.After(50 * time.Millisecond):
			}
			close(goOn)
			if text := <-answered; text != "done" {
				t.Errorf("%q", text)
			}
			if err := <-down; err != nil {
				t.Error(err)
			}
			if _, err := idle.Get("https://" + address + "/"); err == nil || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a request after the end: %v", err)
			}
		})
	}
}
