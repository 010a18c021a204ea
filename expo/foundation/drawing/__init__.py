"""Pictures made on the server, as SVG text.

Pure functions: plain data in, one string out. No Django, no clock, no database. Every text is escaped, every
picture that means something carries its meaning as a name, colours come from classes and `data-colour`, never
from a style attribute, so that the Content-Security-Policy can stay strict.
"""
