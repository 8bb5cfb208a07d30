"""What do people look at? One small page of every feed, run and order, served on this machine."""
