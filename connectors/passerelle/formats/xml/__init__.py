"""What records are in an XML file? A scanner for flat records, a parser for any; the same rows by both."""
