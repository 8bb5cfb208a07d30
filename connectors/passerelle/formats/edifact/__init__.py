"""What messages are in an EDIFACT interchange? Segments to rows and back, checked as its syntax allows."""
