package handshake

// A KeyLog gets each secret of a connection under the label that SSLKEYLOGFILE gives it. It must not keep the slices.
// It is called by whoever drives the connection, inside the call that derived the secret.
type KeyLog func(label string, clientRandom, secret []byte)
