// A target needs a source for its precompiled header to be built.
