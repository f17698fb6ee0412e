//go:build !windows

package sslsock

var system systemStore = noStores{}

// noStores are the stores of a system that has none.
type noStores struct{}

const errNoStores = unsupportedError("only Windows has certificate stores")

func (noStores) certificates(string) ([]StoreCert, error)   { return nil, errNoStores }
func (noStores) revocationLists(string) ([]StoreCRL, error) { return nil, errNoStores }
