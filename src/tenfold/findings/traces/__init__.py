"""What a class may be given away by: a trace is one file here and one line in `traces.TRACES`."""
