"""Spreadsheets: columns declared once for template, import and export; reading in a process of its own; writing that runs nothing.

`reader` and what it imports run in the limited process and know no Django; this file has to stay free of it, too.
"""
