package keyschedule

// The names of secrets in a key log, the file that Wireshark reads (draft-ietf-tls-keylogfile, Section 3). A line is the
// name, the client's random and the secret, the latter two in hex.
const (
	LogClientEarly     = "CLIENT_EARLY_TRAFFIC_SECRET"     // Early.ClientTraffic
	LogEarlyExporter   = "EARLY_EXPORTER_SECRET"           // Early.Exporter
	LogClientHandshake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET" // Handshake.ClientTraffic
	LogServerHandshake = "SERVER_HANDSHAKE_TRAFFIC_SECRET" // Handshake.ServerTraffic
	LogClientTraffic   = "CLIENT_TRAFFIC_SECRET_0"         // Master.ClientTraffic; later generations count up
	LogServerTraffic   = "SERVER_TRAFFIC_SECRET_0"         // Master.ServerTraffic
	LogExporter        = "EXPORTER_SECRET"                 // Master.Exporter
	LogClientRandom    = "CLIENT_RANDOM"                   // Master12
)
