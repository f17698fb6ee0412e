package sslsock

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/term"
)

// SetPasswordPrompt sets the function that is asked for the pass phrase of an encrypted private key when LoadCertChain was
// given no PasswordFunc. The slice that it returns is cleared. nil, the default, asks on the terminal that controls the process,
// without echo; where there is none the error is ErrPasswordRequired.
func (c *Context) SetPasswordPrompt(ask func(prompt string) ([]byte, error)) {
	c.change(func(s *settings) { s.prompt = ask })
}

// passPrompt is what is asked.
const passPrompt = "Enter PEM pass phrase:"

// askPassword is the PasswordFunc of a caller that has none.
func (c *Context) askPassword() ([]byte, error) {
	if ask := c.current().prompt; ask != nil {
		return ask(passPrompt)
	}
	return askOnTerminal(passPrompt)
}

func askOnTerminal(prompt string) ([]byte, error) {
	in, out, err := openTerminal()
	if err != nil {
		return nil, fmt.Errorf("%w, and there is no terminal to ask for its pass phrase on: %v", ErrPasswordRequired, err)
	}
	defer in.Close()
	defer out.Close()
	if _, err := fmt.Fprint(out, prompt); err != nil {
		return nil, err
	}
	password, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(out)
	return password, err
}

// openTerminal opens the terminal that controls the process, whatever standard input and output are.
func openTerminal() (in, out *os.File, err error) {
	from, to := "/dev/tty", "/dev/tty"
	if runtime.GOOS == "windows" {
		from, to = "CONIN$", "CONOUT$"
	}
	if in, err = os.OpenFile(from, os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	if out, err = os.OpenFile(to, os.O_RDWR, 0); err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	return in, out, nil
}
