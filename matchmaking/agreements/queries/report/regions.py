"""Groups of countries and regions by which shares are said.

Americas and Europe are the regions 019 and 150 of the United Nations Statistics Division, "Standard country or area codes for statistical use"
(M49). No list of Belt and Road countries is on file: what is published names no state that it counts, and lists differ.
"""

MAINLAND = "CN"
UNITED_STATES = "US"
_AMERICAS = """
AG AI AR AW BB BL BM BO BQ BR BS BV BZ CA CL CO CR CU CW DM DO EC FK GD GF GL GP GS GT GY HN HT JM KN KY LC MF MQ MS MX NI PA PE PM PR PY SR SV SX TC TT US UY VC VE VG VI
"""
_EUROPE = """
AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA
"""
AMERICAS = frozenset(_AMERICAS.split())
EUROPE = frozenset(_EUROPE.split())
