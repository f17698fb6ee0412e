package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// stdio is where a command reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// action runs a command whose flags are set, with the arguments that are no flags.
type action func(ctx context.Context, std stdio, args []string) error

// command is one of the things that sslcat does.
type command struct {
	name      string
	arguments string // besides flags, for the line of usage
	summary   string // one line
	about     string // a paragraph
	examples  []string
	define    func(*flag.FlagSet) action
}

func commands() []command {
	return []command{
		demoCommand, serveCommand, connectCommand, certCommand, delegateCommand, echKeyCommand, ciphersCommand, helpCommand(),
	}
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// usageError is a command line that makes no sense.
type usageError struct {
	command string
	problem string
}

func (e *usageError) Error() string { return e.problem }

func misused(command, format string, args ...any) error {
	return &usageError{command, fmt.Sprintf(format, args...)}
}

// run executes a command line without the program's name and returns the exit status.
func run(ctx context.Context, std stdio, args []string) int {
	err := execute(ctx, std, args)
	var misuse *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &misuse):
		hint := strings.TrimSuffix("sslcat help "+misuse.command, " ")
		fmt.Fprintf(std.err, "sslcat: %v (`%s` shows what there is)\n", err, hint)
		return 2
	case ctx.Err() != nil:
		return 130 // interrupted at the keyboard, as shells count
	}
	fmt.Fprintf(std.err, "sslcat: %v\n", err)
	return 1
}

func execute(ctx context.Context, std stdio, args []string) error {
	if len(args) == 0 {
		return misused("", "what shall it do?")
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	}
	c, ok := find(name)
	if !ok {
		return misused("", "there is no command %q", name)
	}
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run reports errors
	act := c.define(flags)
	rest, err := parseMixed(flags, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return c.printUsage(std.out)
	case err != nil:
		return &usageError{c.name, c.name + ": " + err.Error()}
	}
	return act(ctx, std, rest)
}

// parseMixed parses flags wherever they stand among the other arguments, and returns those.
func parseMixed(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	return rest, nil
}

// printUsage writes what a command does and takes.
func (c command) printUsage(w io.Writer) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.define(flags)
	var b strings.Builder
	fmt.Fprintf(&b, "usage: sslcat %s", c.name)
	if c.arguments != "" {
		b.WriteString(" " + c.arguments)
	}
	var lines strings.Builder
	flags.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		name := strings.TrimSuffix("-"+f.Name+" "+value, " ")
		fmt.Fprintf(&lines, "  %-*s%s\n", usageColumn-2, name+" ", wrapped(usage, usageColumn))
	})
	if lines.Len() > 0 {
		b.WriteString(" [flags]")
	}
	b.WriteString("\n\n" + wrapped(c.about, 0) + "\n")
	for i, example := range c.examples {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("  " + example + "\n")
	}
	if lines.Len() > 0 {
		b.WriteString("\n" + lines.String())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// helpWidth is how wide what help prints is, in columns; usageColumn is where it explains flags.
const helpWidth, usageColumn = 100, 25

// wrapped breaks a text into lines, of which all but the first begin at a column: that of the first.
func wrapped(text string, column int) string {
	var b strings.Builder
	at := column
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case at+1+len(word) > helpWidth:
			b.WriteString("\n" + strings.Repeat(" ", column))
			at = column
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}

// helpCommand is a function because help itself looks at all commands.
func helpCommand() command {
	return command{
		name:      "help",
		arguments: "[COMMAND]",
		summary:   "tells what a command does and which flags it has",
		about:     "Tells what a command does and which flags it has; without a command, which there are.",
		define:    func(*flag.FlagSet) action { return help },
	}
}

func help(_ context.Context, std stdio, args []string) error {
	switch len(args) {
	case 0:
		var b strings.Builder
		b.WriteString("sslcat shows a TLS engine at work.\n\n")
		for _, c := range commands() {
			fmt.Fprintf(&b, "  sslcat %-18s %s\n", strings.TrimSpace(c.name+" "+c.arguments), c.summary)
		}
		_, err := io.WriteString(std.out, b.String())
		return err
	case 1:
		if c, ok := find(args[0]); ok {
			return c.printUsage(std.out)
		}
	}
	return misused("", "there is no command %q", strings.Join(args, " "))
}
