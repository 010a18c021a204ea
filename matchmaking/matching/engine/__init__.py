"""Which offers fit which requests, and why. Pure: no Django, no clock, no chance; the same facts give the same list.

Low to high: weights, plainwords, forms, glossary, lexicon, figures, zones, facts (what is compared); reading (a text as features); hard
(the requirements that must hold); arrays, factors, scoring (many pairs at once); blocks (the pairs worth scoring); ranking (the lists);
explaining (the arithmetic of one pair); ground (what was read, kept by segment); exposure (places spread over companies).
"""
