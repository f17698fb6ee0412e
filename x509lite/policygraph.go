package x509lite

import "slices"

// Certificate policies (RFC 5280, Section 6.1). What that RFC keeps as a tree, whose size is the product of what the certificates
// hold, is kept here as RFC 9618 replaces it: a graph with one node for each policy and certificate, whose size is the sum. The
// numbers of nodes and edges count against the budget of comparisons besides.

// PolicyInputs are what RFC 5280, Section 6.1.1 (c), (e), (f) and (g) lets the caller choose. The zero value asks for nothing.
type PolicyInputs struct {
	Acceptable      []OID // user-initial-policy-set; nil: any policy
	RequireExplicit bool  // the path must be valid for one of Acceptable
	InhibitMapping  bool  // policy mappings are not followed
	InhibitAny      bool  // anyPolicy in certificates stands for nothing
}

// policyNode is one policy at one certificate.
type policyNode struct {
	id       OID
	expected []OID   // expected_policy_set
	parents  []int32 // nodes of the level above
	dead     bool    // pruned: no node of the last level comes from it
}

// policyLevel holds the nodes of one certificate; the level of the trust anchor has anyPolicy alone.
type policyLevel struct {
	nodes []policyNode
	byID  map[OID]int32 // of nodes that aren't dead
}

func (l *policyLevel) add(n policyNode) {
	if l.byID == nil {
		l.byID = make(map[OID]int32)
	}
	l.byID[n.id] = int32(len(l.nodes))
	l.nodes = append(l.nodes, n)
}

// policyGraph is the state of RFC 5280, Section 6.1.2 as far as it concerns policies.
type policyGraph struct {
	levels []policyLevel // empty: valid_policy_graph is NULL
	budget *int

	explicit, mapping, inhibitAny int // the RFC's counters: certificates that are still free

	code   Code
	detail string
	at     *Certificate // that code is about
}

// newPolicyGraph starts before a path of n certificates below the anchor.
func newPolicyGraph(in *PolicyInputs, n int, budget *int) *policyGraph {
	g := &policyGraph{budget: budget, explicit: n + 1, mapping: n + 1, inhibitAny: n + 1}
	// RFC 5280, Section 6.1.2 (d) to (f).
	if in.RequireExplicit {
		g.explicit = 0
	}
	if in.InhibitMapping {
		g.mapping = 0
	}
	if in.InhibitAny {
		g.inhibitAny = 0
	}
	var top policyLevel
	top.add(policyNode{id: AnyPolicy, expected: []OID{AnyPolicy}})
	g.levels = append(g.levels, top)
	return g
}

// run takes a chain, leaf first and anchor last, through the graph. RFC 5280, Section 6.1: the anchor isn't part of the path.
func (g *policyGraph) run(chain []*Certificate) bool {
	for i := len(chain) - 2; i >= 0; i-- {
		c := chain[i]
		if !g.process(c, i == 0) || i > 0 && !g.prepare(c) {
			g.at = c
			return false
		}
	}
	if len(chain) > 1 {
		g.wrapUp(chain[0])
	}
	return true
}

func (g *policyGraph) fail(code Code, detail string) bool {
	g.code, g.detail = code, detail
	return false
}

// spend takes from the budget.
func (g *policyGraph) spend(n int) bool {
	if *g.budget -= n; *g.budget < 0 {
		return g.fail(BudgetExceeded, "too many policies")
	}
	return true
}

// process is RFC 5280, Section 6.1.3 (d) to (f), as RFC 9618, Section 5.3 words it.
func (g *policyGraph) process(c *Certificate, leaf bool) bool {
	switch {
	case !c.has(extPolicies):
		g.levels = nil // (e)
	case len(g.levels) > 0:
		if !g.descend(c, leaf) {
			return false
		}
	}
	// (f)
	if g.explicit == 0 && len(g.levels) == 0 {
		return g.fail(NoExplicitPolicy, "none of the policies required above it")
	}
	return true
}

// descend is (d): the next level is made of what the certificate has and the last level expects.
func (g *policyGraph) descend(c *Certificate, leaf bool) bool {
	above := &g.levels[len(g.levels)-1]
	order, expecting, ok := g.expectations(above)
	if !ok {
		return false
	}
	anyAbove, hasAny := above.byID[AnyPolicy]
	var next policyLevel
	saysAny, good := false, true
	eachPolicy(der(c.ext[extPolicies].of(c.raw)), func(raw []byte) bool {
		id := OID(raw)
		if good = g.spend(1); !good {
			return false
		}
		// RFC 5280, Section 4.2.1.4: a policy is there once.
		if _, twice := next.byID[id]; twice || id == AnyPolicy && saysAny {
			good = g.fail(InvalidPolicyExtension, "policy "+id.String()+" is there twice")
			return false
		}
		if id == AnyPolicy {
			saysAny = true
			return true
		}
		parents := expecting[id] // (d)(1)(i)
		if parents == nil && hasAny {
			parents = []int32{anyAbove} // (d)(1)(ii)
		}
		// A policy without parents is noted all the same, so that a second one is seen, and pruned at once.
		next.add(policyNode{id: id, expected: []OID{id}, parents: parents, dead: parents == nil})
		return true
	})
	if !good {
		return false
	}
	next.dropDead()
	// (d)(2): anyPolicy takes over whatever else is expected.
	if saysAny && (g.inhibitAny > 0 || !leaf && c.SelfIssued()) {
		for _, id := range order {
			if _, there := next.byID[id]; !there {
				next.add(policyNode{id: id, expected: []OID{id}, parents: expecting[id]})
			}
		}
	}
	g.levels = append(g.levels, next)
	g.prune()
	return true
}

// expectations turns the expected_policy_sets of a level around: for each policy the nodes that expect it, and their order.
func (g *policyGraph) expectations(l *policyLevel) (order []OID, by map[OID][]int32, ok bool) {
	by = make(map[OID][]int32, len(l.nodes))
	for i := range l.nodes {
		n := &l.nodes[i]
		if n.dead {
			continue
		}
		for _, id := range n.expected {
			if !g.spend(1) {
				return nil, nil, false
			}
			if by[id] == nil {
				order = append(order, id)
			}
			by[id] = append(by[id], int32(i))
		}
	}
	return order, by, true
}

// dropDead takes dead nodes out of the index.
func (l *policyLevel) dropDead() {
	for i := range l.nodes {
		if n := &l.nodes[i]; n.dead && l.byID[n.id] == int32(i) {
			delete(l.byID, n.id)
		}
	}
}

// prune is (d)(3): nodes above the last level without a child go, from the bottom up. A graph without a node left is NULL.
func (g *policyGraph) prune() {
	for i := len(g.levels) - 1; i > 0; i-- {
		kept := make([]bool, len(g.levels[i-1].nodes))
		for j := range g.levels[i].nodes {
			if n := &g.levels[i].nodes[j]; !n.dead {
				for _, p := range n.parents {
					kept[p] = true
				}
			}
		}
		above := &g.levels[i-1]
		for j := range above.nodes {
			above.nodes[j].dead = above.nodes[j].dead || !kept[j]
		}
		above.dropDead()
	}
	if len(g.levels[len(g.levels)-1].byID) == 0 {
		g.levels = nil
	}
}

// prepare is RFC 5280, Section 6.1.4 (a), (b) and (h) to (j), for a certificate that isn't the last.
func (g *policyGraph) prepare(c *Certificate) bool {
	if c.has(extPolicyMappings) && !g.mapPolicies(c) {
		return false
	}
	if !c.SelfIssued() { // (h)
		g.explicit, g.mapping, g.inhibitAny = max(g.explicit-1, 0), max(g.mapping-1, 0), max(g.inhibitAny-1, 0)
	}
	p := c.policyConstraints() // (i)
	g.explicit, g.mapping = lowered(g.explicit, p.explicit), lowered(g.mapping, p.mapping)
	g.inhibitAny = lowered(g.inhibitAny, c.inhibitsAny()) // (j)
	return true
}

// lowered is n, or to if that is lower and given.
func lowered(n, to int) int {
	if to == noSkip {
		return n
	}
	return min(n, to)
}

// mapPolicies is (a) and (b).
func (g *policyGraph) mapPolicies(c *Certificate) bool {
	mapped := make(map[OID][]OID)
	var order []OID
	good := true
	eachMapping(der(c.ext[extPolicyMappings].of(c.raw)), func(issuer, subject []byte) bool {
		from, to := OID(issuer), OID(subject)
		switch {
		case !g.spend(1):
			good = false
		case from == AnyPolicy || to == AnyPolicy: // (a)
			good = g.fail(InvalidPolicyExtension, "anyPolicy is mapped")
		default:
			if mapped[from] == nil {
				order = append(order, from)
			}
			mapped[from] = append(mapped[from], to)
		}
		return good
	})
	if !good || len(g.levels) == 0 {
		return good
	}
	last := &g.levels[len(g.levels)-1]
	for _, from := range order {
		i, there := last.byID[from]
		_, hasAny := last.byID[AnyPolicy]
		switch {
		case g.mapping == 0 && there: // (b)(2)
			last.nodes[i].dead = true
		case g.mapping == 0:
		case there: // (b)(1): the sets are replaced
			last.nodes[i].expected = mapped[from]
		case hasAny: // or, under anyPolicy, a node is made beside it
			parent := g.levels[len(g.levels)-2].byID[AnyPolicy]
			last.add(policyNode{id: from, expected: mapped[from], parents: []int32{parent}})
		}
	}
	last.dropDead()
	g.prune()
	return true
}

// wrapUp is RFC 5280, Section 6.1.5 (a) and (b).
func (g *policyGraph) wrapUp(leaf *Certificate) {
	g.explicit = max(g.explicit-1, 0)
	if leaf.policyConstraints().explicit == 0 {
		g.explicit = 0
	}
}

// result is RFC 5280, Section 6.1.5 (g) in the words of RFC 9618, Section 5.5: the user-constrained-policy-set, in the policies
// of the trust anchor's domain.
func (g *policyGraph) result(acceptable []OID) []OID {
	if len(g.levels) == 0 {
		return nil
	}
	var authority []OID
	for i := 1; i < len(g.levels); i++ {
		anyAbove, above := g.levels[i-1].byID[AnyPolicy]
		for j := range g.levels[i].nodes {
			n := &g.levels[i].nodes[j]
			if above && !n.dead && n.id != AnyPolicy && len(n.parents) == 1 && n.parents[0] == anyAbove {
				authority = append(authority, n.id)
			}
		}
	}
	_, all := g.levels[len(g.levels)-1].byID[AnyPolicy]
	if acceptable == nil || slices.Contains(acceptable, AnyPolicy) {
		if all {
			authority = append(authority, AnyPolicy)
		}
		return compact(authority)
	}
	if all {
		return compact(slices.Clone(acceptable))
	}
	wanted := make(map[OID]bool, len(acceptable))
	for _, id := range acceptable {
		wanted[id] = true
	}
	return compact(slices.DeleteFunc(authority, func(id OID) bool { return !wanted[id] }))
}

// compact sorts and leaves each policy once.
func compact(list []OID) []OID {
	slices.Sort(list)
	return slices.Compact(list)
}

// decidesPolicy reports whether policies can make a difference for the chain. Of most chains they can't, and nothing is computed.
func decidesPolicy(in *PolicyInputs, chain []*Certificate) bool {
	if in.RequireExplicit {
		return true
	}
	for _, c := range chain[:len(chain)-1] {
		if c.has(extPolicyConstraints) || c.has(extPolicyMappings) {
			return true
		}
	}
	return false
}

// checkPolicies judges a chain that is valid otherwise. at is the certificate that fails.
func checkPolicies(in *PolicyInputs, chain []*Certificate, budget *int) (at *Certificate, code Code, detail string) {
	if !decidesPolicy(in, chain) {
		return nil, OK, ""
	}
	g := newPolicyGraph(in, len(chain)-1, budget)
	if !g.run(chain) {
		return g.at, g.code, g.detail
	}
	// RFC 5280, Section 6.1.5: an explicit policy is required by now, or a policy is left.
	if g.explicit == 0 && len(g.result(in.Acceptable)) == 0 {
		return chain[0], NoExplicitPolicy, "none that is acceptable along the whole path"
	}
	return nil, OK, ""
}

// Policies returns the policies that the chain is valid for, of those that the options called acceptable, in a fresh slice: the
// user-constrained-policy-set of RFC 5280, Section 6.1.6. AnyPolicy in it stands for all. It is computed at each call.
func (v *Verdict) Policies() []OID {
	budget := maxComparisons
	g := newPolicyGraph(&v.policies, len(v.Chain)-1, &budget)
	if !g.run(v.Chain) {
		return nil
	}
	return g.result(v.policies.Acceptable)
}
