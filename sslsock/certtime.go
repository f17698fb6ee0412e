package sslsock

import (
	"strconv"
	"strings"
	"time"
)

// CertTimeToSeconds returns the seconds since 1970 of a time as CertInfo.NotBefore has it, "Jan  5 09:34:43 2018 GMT", which
// is always in UTC, whatever the process's time zone and language. Second 60 and 61 of a minute are the next minute's. Anything
// else gives ErrInvalidArgument.
func CertTimeToSeconds(certTime string) (int64, error) {
	t, ok := parseCertTime(certTime)
	if !ok {
		return 0, argumentError("time data " + quote(certTime) + ` does not match format "%b %d %H:%M:%S %Y GMT"`)
	}
	return t.Unix(), nil
}

var months = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

func parseCertTime(s string) (time.Time, bool) {
	fields := strings.Fields(s)
	if len(fields) != 5 || s != strings.TrimSpace(s) || !strings.EqualFold(fields[4], "GMT") {
		return time.Time{}, false
	}
	month := 0
	for i, m := range months {
		if strings.EqualFold(fields[0], m) {
			month = i + 1
		}
	}
	clock := strings.Split(fields[2], ":")
	if month == 0 || len(clock) != 3 || len(fields[3]) != 4 {
		return time.Time{}, false
	}
	var n [5]int // day, hour, minute, second, year
	for i, text := range []string{fields[1], clock[0], clock[1], clock[2], fields[3]} {
		v, ok := decimal(text)
		if !ok || i < 4 && len(text) > 2 {
			return time.Time{}, false
		}
		n[i] = v
	}
	day, hour, minute, second, year := n[0], n[1], n[2], n[3], n[4]
	if hour > 23 || minute > 59 || second > 61 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC)
	if t.Day() != day {
		return time.Time{}, false // a month doesn't have so many days
	}
	return t.Add(time.Duration(second) * time.Second), true
}

// decimal reads digits, and nothing else.
func decimal(s string) (int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
