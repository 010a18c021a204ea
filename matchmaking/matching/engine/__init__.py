"""Which offers fit which requests, and why. Pure: no Django, no clock, no chance; the same facts give the same list.

Low to high: weights, forms, glossary, figures, zones, facts (what is compared); reading (a text as features); hard (the requirements
that must hold); arrays, factors (all named factors for many pairs at once); ranking (the lists); explaining (the arithmetic).
"""
