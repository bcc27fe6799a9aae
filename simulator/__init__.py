"""Invented matches in each provider's own format, with the truth about them.

`match` says what happens, one module a sport plays it out, one module a provider writes it down,
`disorder` corrects, repeats, delays and shuffles what was written, `feed` runs many matches at
once, and `truth` says what a reader of all of it must end up with.
"""
