"""What becomes of a partner's file? Waited for, taken, judged, applied, put away, answered, come what may."""
